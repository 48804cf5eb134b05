package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is more to the life of a runner that is a process. */
abstract class ChildRunnerContract extends RunnerContract {

  ChildRunnerContract(String fileName) {
    super(fileName);
  }

  @Override
  final long leastMemory() {
    return 1 << 20;
  }

  /** A program whose {@code action} prints "bye" and exits with status 3. */
  abstract String thatExits();

  /** A program whose {@code action} kills its own process. */
  abstract String thatIsKilled();

  @Test
  void deathIsHeardLastAndOnce() {
    try (var talk = with(thatExits())) {
      talk.work(1L);
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(3, "exit status 3"));
      assertThat(talk.printed).containsExactly("bye");
      talk.work(2L);
      talk.runner.close();
      talk.runner.kill();
      assertThat(talk.heard).isEmpty();
    }
    try (var talk = with(thatIsKilled())) {
      talk.work(1L);
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(137, "killed by signal 9"));
    }
  }

  @Test
  void itEndsWithItsParentEvenWhenItHangs() throws Exception {
    var file = write(source(Program.HANGS));
    var command =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            Orphan.class.getName(),
            file.toString());
    var parent = new ProcessBuilder(command).redirectErrorStream(true).start();
    long pid = Long.parseLong(parent.inputReader().readLine());
    var runner = ProcessHandle.of(pid).orElseThrow();
    parent.destroyForcibly().waitFor();
    runner.onExit().get(10, TimeUnit.SECONDS);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }
}
