package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests that run programs of one language, which the name of their file tells. */
@Timeout(60)
abstract class InLanguage {

  private final String fileName;
  @TempDir Path folder;

  InLanguage(String fileName) {
    this.fileName = fileName;
  }

  Path write(String source) {
    return Conversation.write(folder, fileName, source);
  }

  /** Runs a program and waits until it is loaded. */
  Conversation with(String source) {
    return Conversation.with(ProgramSpec.of(write(source)));
  }

  Conversation with(Map<Integer, String> actions, Set<Integer> sets, boolean goOn, String source) {
    return Conversation.with(new ProgramSpec(write(source), actions, sets, true, goOn));
  }

  FromRunner.Failed loadFails(String source) {
    return loadFails(write(source));
  }

  FromRunner.Failed loadFails(Path file) {
    try (var talk = new Conversation(ProgramSpec.of(file))) {
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("load");
      return failed;
    }
  }
}
