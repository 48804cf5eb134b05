package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.runners.internal.RMessages;
import dev.weir.runners.internal.RReader;
import dev.weir.runners.internal.RWriter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RValuesTest extends ValuesContract {

  RValuesTest() {
    super("model.R", false);
  }

  @Override
  String echo() {
    return "action <- function(x) emit(x)";
  }

  @Override
  String swap() {
    return """
        library(weir)
        p <- Pool('p')
        action <- function(x) { emit(Get(p, x[[1]])); Set(p, x[[1]], x[[2]]) }
        """;
  }

  @Test
  void numbersAreDoubles() {
    try (var talk = with(echo())) {
      assertThat(talk.run(4.0, -0.0, (1L << 53) + 1)).containsExactly(4L, 0L, 1L << 53);
    }
  }

  @Test
  void whatRCannotHaveIsNotSent() {
    try (var talk = with(echo())) {
      assertThatThrownBy(() -> talk.work(nested(DEEPEST + 1)))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("nested deeper than 1000");
      assertThatThrownBy(() -> talk.work("a\u0000b"))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("U+0000");
      assertThatThrownBy(() -> talk.work(new Object()))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("not a JSON value");
      assertThat(talk.run(1L)).containsExactly(1L);
    }
  }

  @Test
  void damagedFramesAreRefused() {
    var messages = new RMessages();
    damaged(
        random -> {
          var writer = new RWriter(16).reset(0);
          writer.list(6).value("done").value(1L).value(Arrays.asList(value(random, 3), 1L));
          writer.value(null).value(List.of()).value(List.of());
          return Arrays.copyOf(writer.buffer(), writer.size());
        },
        messages::read);
    assertThatThrownBy(() -> RReader.list(new byte[] {'X'})).isInstanceOf(RunnerException.class);
  }
}
