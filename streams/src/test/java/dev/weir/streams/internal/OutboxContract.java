package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.FencedException;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Sink;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is more to a sink whose target takes an epoch in a transaction of its own. */
public abstract class OutboxContract extends SinkContract {

  @Override
  protected Sink.Kind kind() {
    return Sink.Kind.TRANSACTIONAL;
  }

  /** Each run connects several times. */
  @Override
  protected int cases() {
    return 1;
  }

  private static OutboxSink.Claim claim(Place place, long run) {
    return new OutboxSink.Claim(place.name, run);
  }

  private static List<byte[]> pieces(OutboxSink sink, Object... records) throws Exception {
    sink.write(Batch.of(1, records));
    return sink.take();
  }

  @Test
  void theTargetKnowsWhichEpochWasTheLast() throws Exception {
    try (var place = place();
        var sink = (OutboxSink) place.sinks.get()) {
      try (var target = sink.connect(claim(place, 1))) {
        sink.open(warning -> {}, Optional.empty());
        assertThat(target.published()).isEmpty();
        target.declare(4);
        assertThat(target.published()).hasValue(4);
        target.publish(5, pieces(sink, record(1), record(2)));
        target.publish(6, pieces(sink, record(3)));
      }
      try (var target = sink.connect(claim(place, 2))) {
        assertThat(target.published()).hasValue(6);
        target.declare(2);
        assertThat(target.published()).hasValue(2);
      }
      assertThat(place.records()).containsExactly(record(1), record(2), record(3));
    }
  }

  @Test
  void aNewerClaimFencesTheOlder() throws Exception {
    try (var place = place();
        var sink = (OutboxSink) place.sinks.get();
        var old = sink.connect(claim(place, 1))) {
      sink.open(warning -> {}, Optional.empty());
      old.declare(0);
      var first = pieces(sink, record(1));
      old.publish(1, first);
      try (var newer = sink.connect(claim(place, 2))) {
        assertThat(newer.published()).hasValue(1);
        var second = pieces(sink, record(2));
        assertThatThrownBy(() -> old.publish(2, second)).isInstanceOf(FencedException.class);
        assertThat(place.records()).containsExactly(record(1));
        newer.publish(2, second);
      }
      assertThat(place.records()).containsExactly(record(1), record(2));
    }
  }
}
