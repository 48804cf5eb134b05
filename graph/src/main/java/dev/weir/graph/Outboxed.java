package dev.weir.graph;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A sink with an outbox, made of a target of one's own: the records of each epoch are kept in the
 * store's commit, and given to the target in order, each epoch once, also after crashes. What comes
 * out of the outbox is what went in; nothing need be deterministic.
 *
 * <p>Control records are left out.
 */
public final class Outboxed implements OutboxSink {

  private static final int PIECE = 1 << 20;

  private final EpochTarget target;
  private final Duration patience;
  private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
  private List<byte[]> pieces = new ArrayList<>();
  private long before;
  private long records;

  /**
   * @param patience how long the target may be away before the run fails
   */
  public Outboxed(EpochTarget target, Duration patience) {
    this.target = target;
    this.patience = patience;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    records = committed.map(p -> p.get("records")).map(n -> (Long) n).orElse(0L);
  }

  @Override
  public void write(Batch batch) {
    if (batch.control() != null) {
      return;
    }
    for (var record : batch.records()) {
      piece.writeBytes(Json.toText(record).getBytes(StandardCharsets.UTF_8));
      piece.write('\n');
      if (piece.size() >= PIECE) {
        closePiece();
      }
    }
    records += batch.size();
  }

  private void closePiece() {
    pieces.add(piece.toByteArray());
    before += piece.size();
    piece.reset();
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    return Map.of("records", records);
  }

  @Override
  public List<byte[]> take() {
    if (piece.size() > 0) {
      closePiece();
    }
    var taken = pieces;
    pieces = new ArrayList<>();
    before = 0;
    return taken;
  }

  @Override
  public long pending() {
    return before + piece.size();
  }

  @Override
  public Duration patience() {
    return patience;
  }

  @Override
  public Target connect(Claim claim) throws Exception {
    var connection = target.connect(claim);
    return new Target() {
      @Override
      public OptionalLong published() throws Exception {
        return connection.published();
      }

      @Override
      public void declare(long epoch) throws Exception {
        connection.declare(epoch);
      }

      @Override
      public void publish(long epoch, List<byte[]> pieces) throws Exception {
        connection.publish(epoch, decoded(pieces));
      }

      @Override
      public void close() throws Exception {
        connection.close();
      }
    };
  }

  private static List<Object> decoded(List<byte[]> pieces) {
    var records = new ArrayList<Object>();
    for (var bytes : pieces) {
      new String(bytes, StandardCharsets.UTF_8).lines().map(Json::parse).forEach(records::add);
    }
    return records;
  }

  @Override
  public void close() {}
}
