package dev.weir.state.internal;

import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts changes in key order into chunks. Chunks end near {@link #TARGET} bytes; where boundaries of
 * an earlier snapshot are known, there, so that what did not change makes the same chunks again.
 */
final class SegmentWriter {

  static final int TARGET = 192 * 1024;
  private static final int LEAST = TARGET / 4;
  private static final int MOST = TARGET * 2;

  private final Chunks.Session session;
  private final RowOrder order;
  private final int keyLength;
  private final RowCodec codec;
  private final List<Row> boundaries;
  private final ByteWriter content = new ByteWriter();
  private final List<Manifest.ChunkRef> done = new ArrayList<>();
  private int boundary;
  private int changes;
  private int deletions;
  private Row first;
  private Row last;

  /**
   * @param boundaries keys at which chunks began, in order
   */
  SegmentWriter(Chunks.Session session, Table content, List<Row> boundaries) {
    this.session = session;
    this.order = RowOrder.ofKey(content);
    this.codec = new RowCodec(content);
    this.boundaries = boundaries;
    this.keyLength = content.keyLength();
  }

  void add(Change change) {
    assert last == null || order.compare(last, change.row()) < 0 : "not in key order";
    if (isEnd(change.row())) {
      endChunk();
    }
    codec.write(content, change);
    changes++;
    deletions += change.deleted() ? 1 : 0;
    if (first == null) {
      first = change.row().first(keyLength);
    }
    last = change.row();
  }

  /** Whether a new chunk begins with this row. */
  private boolean isEnd(Row row) {
    boolean atBoundary = false;
    while (boundary < boundaries.size() && order.compare(boundaries.get(boundary), row) <= 0) {
      boundary++;
      atBoundary = true;
    }
    return content.size() >= (boundaries.isEmpty() ? TARGET : MOST)
        || (atBoundary && content.size() >= LEAST);
  }

  /** Takes over a chunk as it is; its range follows what was added. */
  void keep(Manifest.ChunkRef chunk) {
    endChunk();
    done.add(chunk);
    last = chunk.last();
  }

  Manifest.Segment finish() {
    endChunk();
    return new Manifest.Segment(done);
  }

  private void endChunk() {
    if (changes > 0) {
      var bytes = ChunkFormat.pack(ChunkFormat.Kind.ROWS, content);
      done.add(
          new Manifest.ChunkRef(
              session.put(bytes),
              bytes.length,
              content.size(),
              changes,
              deletions,
              first,
              last.first(keyLength)));
    }
    content.reset();
    codec.reset();
    changes = 0;
    deletions = 0;
    first = null;
  }
}
