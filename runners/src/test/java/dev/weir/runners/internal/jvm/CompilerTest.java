package dev.weir.runners.internal.jvm;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CompilerTest {

  @Test
  void aJavaWithoutCompilerIsToldWithTheWayOut() {
    assertThatThrownBy(() -> Compiler.compile(Path.of("model.java"), "", () -> null))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining(
            "has no compiler, which programs in Java need: it is a JRE; use a JDK");
  }

  @Test
  void aFileThatIsNotThereIsTold() {
    assertThatThrownBy(() -> Compiler.compile(Path.of("none", "model.java")))
        .isInstanceOf(CompileException.class)
        .hasMessageContaining("model.java cannot be read");
  }
}
