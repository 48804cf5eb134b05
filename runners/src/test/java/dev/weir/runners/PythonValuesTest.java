package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.runners.internal.MarshalReader;
import dev.weir.runners.internal.MarshalWriter;
import dev.weir.runners.internal.Messages;
import java.math.BigInteger;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PythonValuesTest extends ValuesContract {

  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  PythonValuesTest() {
    super("model.py", true);
  }

  @Override
  String echo() {
    return "def action(x):\n  yield x\n";
  }

  @Override
  String swap() {
    return """
        import weir
        def action(x):
          p = weir.pools('p')
          yield p.get(x[0])
          p.set(x[0], x[1])
        """;
  }

  /** Python's own opinion of what arrived, against ours of what was sent. */
  @Test
  void numbersArriveAsWritten() {
    var values = new Object[] {Long.MIN_VALUE, LONG_MAX.pow(3), -1L, 0.1, 1e300, "\ud83d\ude00"};
    try (var talk = with("def action(x):\n  yield ascii(x)\n")) {
      assertThat(talk.run(values))
          .containsExactly(
              "-9223372036854775808",
              LONG_MAX.pow(3).toString(),
              "-1",
              "0.1",
              "1e+300",
              "'\\U0001f600'");
    }
  }

  @Test
  void whatIsNoJsonValueOrTooDeepIsNotSent() {
    try (var talk = with(echo())) {
      assertThatThrownBy(() -> talk.work(nested(MarshalWriter.MAX_DEPTH + 1)))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("nested deeper than 1000");
      assertThatThrownBy(() -> talk.work(new Object()))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("not a JSON value");
      assertThat(talk.run(1L)).containsExactly(1L);
    }
  }

  @Test
  void damagedFramesAreRefused() {
    var messages = new Messages();
    damaged(
        random -> {
          var writer = new MarshalWriter(16).reset(0);
          writer.list(5).value("done").value(1L).value(Arrays.asList(value(random, 3))).value(null);
          writer.list(0);
          return Arrays.copyOf(writer.buffer(), writer.size());
        },
        messages::read);
    assertThatThrownBy(() -> MarshalReader.read(new byte[] {'['}))
        .isInstanceOf(RunnerException.class);
  }
}
