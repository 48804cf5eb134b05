package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The whole numbers of a range. Position: {@code {"records":n}}. */
final class RangeSource implements Source {

  private final long from;
  private final long size;
  private long done;

  RangeSource(long from, long to) {
    this.from = from;
    this.size = Math.max(0, to - from + 1);
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) {
    done = position.map(p -> Positions.count(p, "records")).orElse(0L);
    if (done > size) {
      throw new WeirException(
          "the range has "
              + size
              + " numbers, but "
              + done
              + " were already read of it. Run with the stream of the last run, or start over with"
              + " --fresh");
    }
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) {
    if (done == size) {
      return Optional.empty();
    }
    var numbers = new Object[(int) Math.min(max, size - done)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = from + done + i;
    }
    var batch = Batch.of(done + 1, numbers);
    done += numbers.length;
    return Optional.of(batch);
  }

  @Override
  public Map<String, Object> position() {
    return Positions.of("records", done);
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public void close() {}
}
