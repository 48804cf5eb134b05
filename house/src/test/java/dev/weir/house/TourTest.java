package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README do what it says, in its order, in an empty folder. */
class TourTest {

  @TempDir Path folder;

  /** A command and what follows it in the text. */
  private record Step(String command, List<String> output) {}

  @Test
  void everyCommandPrintsWhatTheReadmeShows() throws IOException {
    Files.createSymbolicLink(folder.resolve("weir"), Cli.HOME.resolve("weir"));
    Files.createSymbolicLink(folder.resolve("examples"), Cli.HOME.resolve("examples"));
    var cli = new Cli(folder);
    var steps = steps(Files.readAllLines(Cli.HOME.resolve("README.md")));
    assertThat(steps).hasSizeGreaterThan(10);
    for (var step : steps) {
      var result = cli.sh(step.command());
      var printed = new ArrayList<>(result.lines());
      printed.addAll(result.err().lines().map(TourTest::withoutShell).toList());
      assertThat(printed.stream().map(TourTest::masked))
          .as(step.command())
          .containsExactlyElementsOf(step.output().stream().map(TourTest::masked).toList());
    }
  }

  private static List<Step> steps(List<String> lines) {
    var steps = new ArrayList<Step>();
    boolean inside = false;
    boolean hereDocument = false;
    for (var line : lines) {
      if (line.startsWith("```")) {
        inside = line.equals("```console");
      } else if (inside && line.startsWith("$ ")) {
        steps.add(new Step(line.substring(2), new ArrayList<>()));
        hereDocument = line.contains("<<'END'");
      } else if (inside && hereDocument) {
        var last = steps.remove(steps.size() - 1);
        steps.add(new Step(last.command() + "\n" + line, last.output()));
        hereDocument = !line.equals("END");
      } else if (inside) {
        steps.get(steps.size() - 1).output().add(line);
      }
    }
    return steps;
  }

  /** What differs from one run to the next: ids of snapshots, numbers of epochs. */
  private static String masked(String line) {
    return line.replaceAll("\\b(?=[a-z]*[0-9])(?=[0-9]*[a-z])[0-9a-z]{8}\\b", "ID")
        .replaceAll("snapshot [0-9a-z]{8}\\b", "snapshot ID")
        .replaceAll("^[0-9a-z]{8}$", "ID")
        .replaceAll("epoch \\d+", "epoch N");
  }

  /** The shell says where and what it saw killed; the text only that. */
  private static String withoutShell(String line) {
    return line.matches("bash: .*Killed.*") ? "Killed" : line;
  }
}
