package dev.weir.state.internal;

import dev.weir.state.Cut;
import dev.weir.state.Snapshot;
import dev.weir.state.Snapshots;
import dev.weir.state.Table;
import java.util.List;
import java.util.function.BiFunction;

/** The rows of a snapshot, read chunk by chunk. */
final class SnapshotContents implements Snapshots.Contents {

  private final Snapshot snapshot;
  private final Manifest manifest;
  private final BiFunction<Table, Manifest.ChunkRef, List<Change>> read;

  /**
   * @param read reads a chunk of a table, given without its subject column
   */
  SnapshotContents(
      Snapshot snapshot,
      Manifest manifest,
      BiFunction<Table, Manifest.ChunkRef, List<Change>> read) {
    this.snapshot = snapshot;
    this.manifest = manifest;
    this.read = read;
  }

  @Override
  public Snapshot snapshot() {
    return snapshot;
  }

  Manifest manifest() {
    return manifest;
  }

  @Override
  public List<Table> tables() {
    return fullTables().stream().map(Table::content).toList();
  }

  /** The tables with their subject columns. */
  List<Table> fullTables() {
    return manifest.stacks().stream().map(Manifest.Stack::table).toList();
  }

  @Override
  public Cut.Rows rows(Table table) {
    var stack =
        manifest
            .stack(table.name())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "snapshot %s has no table %s".formatted(snapshot.id(), table.name())));
    var content = stack.table().content();
    return new IteratorRows(
        Changes.rows(
            Changes.merged(
                content,
                stack.segments().stream()
                    .map(s -> Changes.ofSegment(s, ref -> read.apply(content, ref)))
                    .toList())));
  }

  @Override
  public void close() {}
}
