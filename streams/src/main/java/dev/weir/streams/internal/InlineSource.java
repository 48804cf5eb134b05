package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Rejection;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Messages in memory. One that does not decode is rejected. Position: {@code {"pieces":n}}, where a
 * stream that loops counts on.
 */
final class InlineSource implements Source {

  private final List<byte[]> pieces;
  private final Encoding encoding;
  private final boolean loop;
  private final int begin;
  private SourceContext context;
  private long next;
  private boolean over;

  InlineSource(List<byte[]> pieces, Descriptor descriptor) {
    this.pieces = pieces;
    this.encoding = descriptor.format().encoding();
    this.loop = descriptor.loop() && !pieces.isEmpty();
    this.begin =
        descriptor.skipToRecord() instanceof Long n
            ? (int) Math.min(n, pieces.size())
            : "latest".equals(descriptor.skipToRecord()) ? pieces.size() : 0;
    this.next = begin;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) {
    this.context = context;
    if (position.isPresent()) {
      long start = Positions.count(position.get(), "pieces");
      if (start > pieces.size() && !loop) {
        throw new WeirException(
            "the inline stream has "
                + pieces.size()
                + " values, but "
                + start
                + " were already read of it. Run with the stream of the last run, or start over"
                + " with --fresh");
      }
      next = start;
    }
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
    var values = new Object[(int) Math.min(max, loop ? max : pieces.size() - next)];
    var numbers = new long[values.length];
    int size = 0;
    boolean decoded = false;
    while (size < values.length && !isAtEnd() && !over) {
      var piece = pieces.get((int) (next % pieces.size()));
      next++;
      try {
        var record = encoding.decode(piece, 0, piece.length);
        if (!(record instanceof Control control)) {
          decoded = true;
          values[size] = record;
          numbers[size++] = next;
        } else if (size > 0) {
          // A control record is a batch of its own: the next one.
          next--;
          break;
        } else if (control.kind() != Control.Kind.END) {
          return Optional.of(Batch.of(next - 1, control));
        } else if (loop) {
          next = (next + pieces.size() - 1) / pieces.size() * pieces.size();
        } else {
          // Whoever goes on here finds the end again.
          next--;
          over = true;
        }
      } catch (BadMessageException e) {
        context.reject(
            new Rejection(
                Rejection.Reason.ENCODING,
                next,
                new String(piece, StandardCharsets.UTF_8),
                e.getMessage()));
      }
      if (loop && next % pieces.size() == 0) {
        next += begin;
        if (!decoded) {
          // A round without records would be followed by another at once.
          Thread.sleep(patience.toMillis());
          break;
        }
      }
    }
    if (size == 0 && (isAtEnd() || over)) {
      return Optional.empty();
    }
    return Optional.of(Batch.of(Arrays.copyOf(values, size), Arrays.copyOf(numbers, size)));
  }

  private boolean isAtEnd() {
    return !loop && next >= pieces.size();
  }

  @Override
  public Map<String, Object> position() {
    return Positions.of("pieces", next);
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public void close() {}
}
