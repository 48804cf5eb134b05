package dev.weir.state.internal;

import dev.weir.state.Row;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Keeps {@code weir_chunk}: which chunk names which. A chunk that nothing names may go.
 *
 * <p>Invariant: a manifest's chunk is a parent exactly while something names it.
 */
final class ChunkNames {

  private ChunkNames() {}

  /** Notes which chunks a new snapshot holds; what is noted already is not noted again. */
  static void name(Backend.Transaction transaction, String id, Manifest.Kept kept) {
    name(transaction, id, Map.of(kept.hash(), kept.bytes()));
    if (isNamed(transaction, kept.hash())) {
      return;
    }
    var indexes = new TreeMap<String, Integer>();
    kept.indexes().forEach(index -> indexes.put(index.hash(), index.bytes()));
    name(transaction, kept.hash(), indexes);
    for (var index : kept.indexes()) {
      if (!isNamed(transaction, index.hash())) {
        name(
            transaction,
            index.hash(),
            index.chunks().stream()
                .collect(
                    Collectors.toMap(
                        Manifest.ChunkRef::hash, Manifest.ChunkRef::bytes, (a, b) -> a)));
      }
    }
  }

  private static void name(
      Backend.Transaction transaction, String parent, Map<String, Integer> children) {
    var changes = new ArrayList<Change>();
    new TreeMap<>(children)
        .forEach(
            (chunk, bytes) -> changes.add(Change.put(Row.of(parent, chunk, bytes.longValue()))));
    transaction.apply(Books.CHUNK, changes);
  }

  private static boolean isNamed(Backend.Reader reader, String parent) {
    return reader.count(Books.CHUNK, parent) > 0;
  }

  /** Takes away what a parent names; adds the chunks that nothing names any more. */
  static void unname(Backend.Transaction transaction, String parent, Set<String> freed) {
    var children = new ArrayList<String>();
    try (var rows = transaction.scan(Books.CHUNK, parent)) {
      rows.forEachRemaining(row -> children.add(row.text(1)));
    }
    transaction.clear(Books.CHUNK, parent);
    for (var child : children) {
      if (!isInUse(transaction, child)) {
        freed.add(child);
        unname(transaction, child, freed);
      }
    }
  }

  /** Whether a snapshot or a manifest names the chunk. */
  static boolean isInUse(Backend.Reader reader, String chunk) {
    try (var rows = reader.scan(Books.CHUNK, Books.CHUNK_BY_CHUNK, chunk)) {
      return rows.hasNext();
    }
  }
}
