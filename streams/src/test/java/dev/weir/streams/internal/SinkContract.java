package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.TableSink;
import dev.weir.state.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every sink promises to a run that ends an epoch as {@link Sink} says, and that may fail at
 * any moment and go on from its last commit. One subclass for each transport.
 */
@Timeout(60)
public abstract class SinkContract {

  /** What is written to, by one run after the other. */
  public abstract static class Place implements AutoCloseable {
    final String name;
    final Supplier<Sink> sinks;

    /**
     * @param name one for each place, for ever
     */
    protected Place(String name, Supplier<Sink> sinks) {
      this.name = name;
      this.sinks = sinks;
    }

    /** What a reader finds there now. */
    protected abstract List<Object> records() throws Exception;

    @Override
    public void close() throws Exception {}
  }

  /** An empty place. */
  protected abstract Place place() throws Exception;

  protected abstract Sink.Kind kind();

  /** Whether what is not committed cannot be read. */
  protected boolean hidesWhatIsNotCommitted() {
    return kind() == Sink.Kind.TRANSACTIONAL;
  }

  protected Object record(long number) {
    return number;
  }

  /** How many random runs there are. */
  protected int cases() {
    return 5;
  }

  private List<Object> numbers(long count) {
    return LongStream.rangeClosed(1, count).mapToObj(this::record).toList();
  }

  @Test
  void everyCommittedRecordIsThereOnceWheneverTheRunFailed() {
    Cases.forAll(
        cases(),
        random -> {
          try (var place = place()) {
            var job = new Job(place);
            long committed = 0;
            for (int moment : moments(random)) {
              long written = write(job, committed, random);
              if (hidesWhatIsNotCommitted()) {
                assertThat(job.visible()).isEqualTo(numbers(committed));
              }
              if (moment > 0) {
                var position = job.flush();
                assertThat(position).containsEntry("records", written);
                if (hidesWhatIsNotCommitted()) {
                  assertThat(job.visible()).hasSizeLessThanOrEqualTo((int) written);
                }
                if (moment > 1) {
                  job.commit(position);
                  committed = written;
                }
              }
              if (moment == 3) {
                job.complete();
              } else {
                job.end();
                job.start();
                if (kind() == Sink.Kind.PLAIN) {
                  assertThat(job.warnings).hasSize(job.committed.isPresent() ? 1 : 0);
                }
              }
              if (kind() == Sink.Kind.TRANSACTIONAL) {
                assertThat(job.visible()).isEqualTo(numbers(committed));
              }
            }
            job.end();
            var all = job.visible();
            if (kind() == Sink.Kind.PLAIN) {
              // What failed may have gone further than what was committed in its place.
              assertThat(all.stream().distinct().limit(committed).toList())
                  .isEqualTo(numbers(committed));
            } else {
              assertThat(all).isEqualTo(numbers(committed));
            }
          }
        });
  }

  /**
   * When the run fails: 0 before the flush, 1 before the commit, 2 before the epoch is complete, 3
   * not. Each at least once, and the last epoch is a whole one.
   */
  private static List<Integer> moments(Random random) {
    var moments = new ArrayList<>(List.of(0, 1, 2, 3));
    for (int more = random.nextInt(4); more > 0; more--) {
      moments.add(random.nextInt(4));
    }
    Collections.shuffle(moments, random);
    moments.add(3);
    return moments;
  }

  /** Writes some batches of what follows on so many records; says how many there are then. */
  private long write(Job job, long committed, Random random) throws Exception {
    long next = committed;
    for (int batches = random.nextInt(3); batches > 0; batches--) {
      var records = new Object[random.nextInt(4)];
      for (int i = 0; i < records.length; i++) {
        records[i] = record(next + i + 1);
      }
      job.sink.write(Batch.of(next + 1, records));
      next += records.length;
    }
    return next;
  }

  @Test
  void closingTwiceIsHarmlessAndWhatWasNotOpenedCanBeClosed() throws Exception {
    try (var place = place()) {
      place.sinks.get().close();
      var job = new Job(place);
      assertThat(job.sink.kind()).isEqualTo(kind());
      job.sink.write(Batch.of(1, record(1)));
      job.commit(job.flush());
      job.complete();
      job.end();
      job.sink.close();
      assertThat(job.visible()).isEqualTo(numbers(1));
    }
  }

  /** A run and the store that it commits to, as far as its sink sees them. */
  private static final class Job implements SinkContext {
    private final Place place;
    private final Map<Row, Row> table = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private Optional<Map<String, Object>> committed = Optional.empty();
    private List<byte[]> outbox = List.of();
    private long epoch;
    private long run;
    private Sink sink;
    private OutboxSink.Target target;

    Job(Place place) throws Exception {
      this.place = place;
      start();
    }

    void start() throws Exception {
      sink = place.sinks.get();
      warnings.clear();
      if (sink instanceof OutboxSink out) {
        target = out.connect(new OutboxSink.Claim(place.name, ++run));
        if (epoch == 0) {
          target.declare(0);
        }
      }
      sink.open(this, committed);
      if (epoch > 0) {
        complete();
      }
    }

    Map<String, Object> flush() throws Exception {
      return Reading.stored(sink.flush(epoch + 1));
    }

    void commit(Map<String, Object> position) {
      committed = Optional.of(position);
      epoch++;
      if (sink instanceof OutboxSink out) {
        assertThat(out.pending()).isNotNegative();
        outbox = out.take();
        assertThat(out.pending()).isZero();
      } else if (sink instanceof TableSink rows) {
        table.putAll(rows.take());
        assertThat(rows.pending()).isZero();
      }
    }

    void complete() throws Exception {
      if (target != null && target.published().orElse(0) < epoch) {
        target.publish(epoch, outbox);
      }
      sink.complete(epoch);
    }

    /** Fails. Whatever was not committed is forgotten. */
    void end() throws Exception {
      if (target != null) {
        target.close();
      }
      sink.close();
    }

    List<Object> visible() throws Exception {
      return sink instanceof TableSink
          ? table.values().stream().map(row -> Json.parse(row.text(1))).toList()
          : place.records();
    }

    @Override
    public void warn(String message) {
      warnings.add(message);
    }
  }
}
