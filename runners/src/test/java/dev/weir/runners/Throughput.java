package dev.weir.runners;

import dev.weir.graph.Batch;
import java.nio.file.Files;
import java.nio.file.Path;

/** Measures one runner with FastScore's cell model, two frames in flight. Not a test. */
final class Throughput {

  private static final int FRAME = 5000;
  private static final int FRAMES = 400;

  private Throughput() {}

  public static void main(String[] arguments) throws Exception {
    var folder = Files.createTempDirectory("weir-throughput");
    long begun = System.nanoTime();
    var file = Conversation.write(folder, "model.py", PythonRunnerTest.CELL_MODEL);
    try (var talk = Conversation.with(ProgramSpec.of(file))) {
      System.out.printf("ready after %.1f ms%n", (System.nanoTime() - begun) / 1e6);
      talk.begin();
      for (int round = 0; round < 4; round++) {
        long start = System.nanoTime();
        int sent = 0;
        for (int done = 0; done < FRAMES; done++) {
          while (sent < FRAMES && sent - done < 2) {
            talk.runner.send(new ToRunner.Work(sent++, 0, false, ints()));
          }
          talk.answer(FromRunner.Done.class);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%,.0f records/s%n", FRAME * FRAMES / seconds);
      }
      System.out.printf("%d MB in the runner%n", talk.runner.memory() >> 20);
      for (int runners : new int[] {1, 4, 1, 4}) {
        contend(file, runners);
      }
    } finally {
      Files.deleteIfExists(folder.resolve("model.py"));
      Files.delete(folder);
    }
  }

  private static void contend(Path file, int runners) throws InterruptedException {
    var batch = ints();
    int frames = FRAMES / runners;
    try (var cell = new OneCell(ProgramSpec.of(file), runners, frames, n -> batch)) {
      cell.awaitReady();
      long start = System.nanoTime();
      cell.run();
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%d runners, one cell: %,.0f records/s, %d hand-overs%n",
          runners, FRAME * frames * runners / seconds, cell.handOvers());
    }
  }

  private static Batch ints() {
    var records = new Object[FRAME];
    for (int i = 0; i < FRAME; i++) {
      records[i] = (long) i % 100;
    }
    return Batch.of(1, records);
  }
}
