package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cell is exact however many runners share it, and however often their number changes. */
class SharedStateTest {

  private static final int RECORDS = 1_000_000;

  /** Fewer: runners take the cell from each other, over and over. */
  private static final int SCALED_RECORDS = 200_000;

  private static final int SCALES = 10;

  private static final String SUM =
      """
      import weir

      def action(x):
          weir.cells('sum').update(lambda n: (n or 0) + x)
          yield x
      """;

  @TempDir Path folder;
  private Cli cli;
  private final long seed = Long.getLong("weir.seed", System.nanoTime());

  @BeforeEach
  void cli() {
    cli = new Cli(folder);
  }

  @Test
  void fourRunnersAndAMillionRecordsIntoOneCell() throws IOException {
    cli.write("sum.py", SUM);
    try (var out = Files.newBufferedWriter(cli.file("in.jsonl"))) {
      for (int i = 1; i <= RECORDS; i++) {
        out.write(i + "\n");
      }
    }
    cli.weir("run", "sum.py", "-i", "in.jsonl", "-o", "out.jsonl", "-n", "4").ok();
    assertThat(cli.weir("cell", "get", "sum", "sum").ok().out().strip())
        .isEqualTo(Long.toString(RECORDS * (RECORDS + 1L) / 2));
    assertThat(outputs()).isEqualTo(LongStream.rangeClosed(1, RECORDS).toArray());
  }

  @Test
  void scalingWhileRecordsFlowLosesNothing() throws IOException {
    cli.write("sum.py", SUM);
    scaled("sum.py", "sum", 1);
    assertThat(cli.weir("cell", "get", "sum", "sum").ok().out().strip())
        .as("seed %d", seed)
        .isEqualTo(Long.toString(SCALED_RECORDS * (SCALED_RECORDS + 1L) / 2));
    assertThat(outputs())
        .as("seed %d", seed)
        .isEqualTo(LongStream.rangeClosed(1, SCALED_RECORDS).toArray());
  }

  /** Each runner that is added runs {@code begin()}, which sets the counter to 0. */
  @Test
  void scalingDoesNotRunTheSeedsUnguardedBeginOverTheCount() throws IOException {
    cli.seed("cell.py");
    scaled("cell.py", "cell", 0);
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out().strip())
        .as("seed %d", seed)
        .isEqualTo(Integer.toString(SCALED_RECORDS));
    var outputs = outputs();
    assertThat(outputs).as("seed %d", seed).hasSize(SCALED_RECORDS);
    assertThat(outputs[0]).as("seed %d", seed).isPositive();
    assertThat(outputs[SCALED_RECORDS - 1]).as("seed %d", seed).isEqualTo(SCALED_RECORDS);
  }

  /**
   * Feeds the model {@code 1, 1 + step, …} through a pipe and scales it while it reads: a part of
   * the input is held back until each of the commands has been given.
   */
  private void scaled(String model, String job, int step) throws IOException {
    var random = new Random(seed);
    var given = new Semaphore(1);
    var running = cli.start("run", model, "-o", "out.jsonl", "-n", "2", "--epoch", "100ms");
    var feeder =
        CompletableFuture.runAsync(
            () -> {
              try (var input = new BufferedOutputStream(running.process().getOutputStream())) {
                long value = 1;
                for (int i = 0; i < SCALED_RECORDS; i++, value += step) {
                  if (i % (SCALED_RECORDS / (SCALES + 1)) == 0) {
                    input.flush();
                    given.acquire();
                  }
                  input.write((value + "\n").getBytes(StandardCharsets.US_ASCII));
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    running.until(() -> cli.size("out.jsonl") > 0);
    for (int i = 0; i < SCALES; i++) {
      var scale = cli.start("job", "scale", job, Integer.toString(1 + random.nextInt(6)));
      given.release();
      scale.end().ok();
    }
    given.release();
    feeder.join();
    running.end().ok();
  }

  private long[] outputs() throws IOException {
    try (var lines = Files.lines(cli.file("out.jsonl"))) {
      return lines.mapToLong(Long::parseLong).sorted().toArray();
    }
  }
}
