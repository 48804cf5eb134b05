package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Rejection;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.TableSink;
import dev.weir.state.Row;
import dev.weir.state.WeirException;
import dev.weir.streams.Streams;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreSinkTest {

  private final List<String> rejected = new ArrayList<>();
  private final SinkContext context =
      new SinkContext() {
        @Override
        public void reject(Rejection rejection) {
          rejected.add(rejection.message());
        }

        @Override
        public void warn(String message) {
          throw new AssertionError(message);
        }
      };

  private static TableSink sink(String stream) {
    return (TableSink) Streams.parse(stream).sink().get();
  }

  @Test
  void rowsAreNumberedAndGoOnFromTheCommit() throws Exception {
    try (var sink = sink("store:results")) {
      sink.open(context, Optional.of(Map.of("records", 7L)));
      sink.write(Batch.of(1, 5L, Map.of("a", "b")));
      sink.write(Batch.of(2, Control.SET));
      assertThat(sink.pending()).isPositive();
      assertThat(sink.flush(1)).isEqualTo(Map.of("records", 9L));
      assertThat(sink.take())
          .isEqualTo(Map.of(Row.of(8L), Row.of(8L, "5"), Row.of(9L), Row.of(9L, "{\"a\":\"b\"}")));
      assertThat(sink.take()).isEmpty();
      assertThat(sink.pending()).isZero();
      assertThat(sink.schema().name()).isEqualTo("results");
    }
  }

  @Test
  void aKeyHasItsLastRecord() throws Exception {
    try (var sink = sink("store:results?key=id")) {
      sink.open(context, Optional.empty());
      sink.write(
          Batch.of(1, object("x", 1L), object("x", 2L), object(3L, 3L), Map.of("value", 4L), 5L));
      assertThat(sink.take())
          .isEqualTo(
              Map.of(
                  Row.of("x"),
                  Row.of("x", "{\"id\":\"x\",\"value\":2}"),
                  Row.of("3"),
                  Row.of("3", "{\"id\":3,\"value\":3}")));
      assertThat(rejected)
          .hasSize(2)
          .allMatch(text -> text.contains("'id', which is the key of table results"));
    }
  }

  private static Map<String, Object> object(Object id, long value) {
    var object = new LinkedHashMap<String, Object>();
    object.put("id", id);
    object.put("value", value);
    return object;
  }

  @Test
  void itIsExactlyOnceAndOnlyWritten() {
    var stream = Streams.parse("store:results?key=id");
    assertThat(stream.describe()).isEqualTo("store:results?key=id");
    assertThat(stream.kind()).isEqualTo(Sink.Kind.TRANSACTIONAL);
    assertThatThrownBy(stream::source).hasMessageContaining("can only be written");
  }

  @ParameterizedTest
  @ValueSource(strings = {"store:", "store:Results", "store:weir_job", "store:a b"})
  void badNamesOfTablesAreRefused(String stream) {
    assertThatThrownBy(() -> Streams.parse(stream))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("lower-case words");
  }

  @Test
  void unknownParametersAreRefused() {
    assertThatThrownBy(() -> Streams.parse("store:a?kee=b"))
        .hasMessageContaining("no parameter 'kee'");
  }
}
