package dev.weir.state.internal;

import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Makes the segments of a new snapshot: by reading all rows, or by putting what changed on top of
 * an earlier one.
 *
 * <p>The stack stays short: a segment is merged into the one below it unless that one is more than
 * {@value #RATIO} times its size, and all are merged into the base when they have outgrown one
 * {@value #BASE_SHARE}th of it. Merging into the base leaves the chunks alone in which nothing
 * changed.
 */
final class SnapshotBuilder {

  private static final int RATIO = 2;
  private static final int BASE_SHARE = 4;

  private final Chunks chunks;
  private final Chunks.Session session;

  SnapshotBuilder(Chunks chunks, Chunks.Session session) {
    this.chunks = chunks;
    this.session = session;
  }

  /**
   * A table from all its rows.
   *
   * @param previous an earlier snapshot of the table whose boundaries to keep, or null
   */
  Manifest.Stack full(Table table, Iterator<Row> rows, Manifest.Stack previous) {
    List<Row> boundaries = previous == null ? List.of() : boundaries(previous.base());
    var writer = new SegmentWriter(session, table.content(), boundaries);
    while (rows.hasNext()) {
      writer.add(Change.put(rows.next()));
    }
    return new Manifest.Stack(table, List.of(writer.finish()));
  }

  /** The tables of an earlier snapshot with changes applied. */
  Manifest increment(Manifest base, List<Table> tables, Map<String, List<Change>> changes) {
    var stacks = new ArrayList<Manifest.Stack>();
    for (var table : tables) {
      var below =
          base.stack(table.name())
              .map(s -> new Manifest.Stack(table, s.segments()))
              .orElse(new Manifest.Stack(table, List.of(new Manifest.Segment(List.of()))));
      var above = changes.getOrDefault(table.name(), List.of());
      var stack = above.isEmpty() ? below : push(below, above);
      if (stack.segments().stream().anyMatch(s -> !s.chunks().isEmpty())) {
        stacks.add(stack);
      }
    }
    return new Manifest(stacks);
  }

  private Manifest.Stack push(Manifest.Stack stack, List<Change> changes) {
    var content = stack.table().content();
    long bytes = size(content, changes);
    var segments = new ArrayList<>(stack.segments());
    long above = segments.stream().skip(1).mapToLong(Manifest.Segment::contentBytes).sum();
    var merged = new ArrayList<Iterator<Change>>();
    merged.add(changes.iterator());
    if ((above + bytes) * BASE_SHARE > stack.base().contentBytes()) {
      for (int i = segments.size() - 1; i > 0; i--) {
        merged.add(0, changes(content, segments.get(i)));
      }
      var base = mergeIntoBase(content, stack.base(), Changes.merged(content, merged));
      return new Manifest.Stack(stack.table(), List.of(base));
    }
    while (segments.size() > 1) {
      var top = segments.get(segments.size() - 1);
      if (top.contentBytes() > RATIO * bytes) {
        break;
      }
      bytes += top.contentBytes();
      merged.add(0, changes(content, top));
      segments.remove(segments.size() - 1);
    }
    var writer = new SegmentWriter(session, content, List.of());
    Changes.merged(content, merged).forEachRemaining(writer::add);
    segments.add(writer.finish());
    return new Manifest.Stack(stack.table(), segments);
  }

  private Manifest.Segment mergeIntoBase(
      Table content, Manifest.Segment base, Iterator<Change> above) {
    var order = RowOrder.ofKey(content);
    var writer = new SegmentWriter(session, content, boundaries(base));
    var refs = base.chunks();
    Change next = above.hasNext() ? above.next() : null;
    for (int i = 0; i < refs.size(); i++) {
      var end = i + 1 < refs.size() ? refs.get(i + 1).first() : null;
      var here = new ArrayList<Change>();
      while (next != null && (end == null || order.compare(next.row(), end) < 0)) {
        here.add(next);
        next = above.hasNext() ? above.next() : null;
      }
      if (here.isEmpty()) {
        writer.keep(refs.get(i));
      } else {
        var rows = Changes.ofChunk(chunks, content, refs.get(i));
        put(writer, Changes.merged(content, List.of(rows.iterator(), here.iterator())));
      }
    }
    if (next != null) {
      var first = next;
      put(writer, List.of(first).iterator());
      put(writer, above);
    }
    return writer.finish();
  }

  private static void put(SegmentWriter writer, Iterator<Change> changes) {
    while (changes.hasNext()) {
      var change = changes.next();
      if (!change.deleted()) {
        writer.add(change);
      }
    }
  }

  private Iterator<Change> changes(Table content, Manifest.Segment segment) {
    return Changes.ofSegment(segment, ref -> Changes.ofChunk(chunks, content, ref));
  }

  private static List<Row> boundaries(Manifest.Segment base) {
    return base.chunks().stream().map(Manifest.ChunkRef::first).toList();
  }

  private static long size(Table content, List<Change> changes) {
    var codec = new RowCodec(content);
    var scratch = new ByteWriter();
    long size = 0;
    for (var change : changes) {
      scratch.reset();
      codec.write(scratch, change);
      size += scratch.size();
    }
    return size;
  }
}
