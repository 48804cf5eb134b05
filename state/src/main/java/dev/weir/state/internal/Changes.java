package dev.weir.state.internal;

import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/** Reading of segments: changes in key order. */
final class Changes {

  private Changes() {}

  /** The changes of a chunk. */
  static List<Change> ofChunk(Chunks chunks, Table content, Manifest.ChunkRef ref) {
    var in = ChunkFormat.unpack(ChunkFormat.Kind.ROWS, ref.hash(), chunks.read(ref.hash()));
    var codec = new RowCodec(content);
    var changes = new ArrayList<Change>(ref.changes());
    while (!in.atEnd()) {
      changes.add(codec.read(in));
    }
    if (changes.size() != ref.changes()) {
      throw new DamagedChunkException(ref.hash(), "does not hold the rows that its manifest says");
    }
    return changes;
  }

  /** The changes of a segment, read chunk by chunk. */
  static Iterator<Change> ofSegment(
      Manifest.Segment segment, Function<Manifest.ChunkRef, List<Change>> read) {
    var refs = segment.chunks().iterator();
    return new Iterator<>() {
      private Iterator<Change> chunk = List.<Change>of().iterator();

      @Override
      public boolean hasNext() {
        while (!chunk.hasNext() && refs.hasNext()) {
          chunk = read.apply(refs.next()).iterator();
        }
        return chunk.hasNext();
      }

      @Override
      public Change next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return chunk.next();
      }
    };
  }

  /** Several runs of changes as one: of one key only the change of the last run that has it. */
  static Iterator<Change> merged(Table content, List<Iterator<Change>> oldestFirst) {
    if (oldestFirst.size() == 1) {
      return oldestFirst.get(0);
    }
    var order = RowOrder.ofKey(content);
    var heads = oldestFirst.stream().map(Head::new).toList();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return heads.stream().anyMatch(h -> h.change != null);
      }

      @Override
      public Change next() {
        Head least = null;
        for (var head : heads) {
          if (head.change != null
              && (least == null || order.compare(head.change.row(), least.change.row()) <= 0)) {
            least = head;
          }
        }
        if (least == null) {
          throw new NoSuchElementException();
        }
        var change = least.change;
        for (var head : heads) {
          if (head.change != null && order.compare(head.change.row(), change.row()) == 0) {
            head.advance();
          }
        }
        return change;
      }
    };
  }

  /** The rows that remain when the changes are applied to nothing. */
  static Iterator<Row> rows(Iterator<Change> changes) {
    return new Iterator<>() {
      private Row row;

      @Override
      public boolean hasNext() {
        while (row == null && changes.hasNext()) {
          var change = changes.next();
          if (!change.deleted()) {
            row = change.row();
          }
        }
        return row != null;
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        var next = row;
        row = null;
        return next;
      }
    };
  }

  private static final class Head {
    private final Iterator<Change> rest;
    private Change change;

    Head(Iterator<Change> rest) {
      this.rest = rest;
      advance();
    }

    void advance() {
      change = rest.hasNext() ? rest.next() : null;
    }
  }
}
