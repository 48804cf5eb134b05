package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.state.WeirException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A JVM that writes a file, and that may be killed while it does. */
final class Child {

  private final Process process;
  private final BufferedReader reader;

  private Child(Process process) {
    this.process = process;
    this.reader = process.inputReader(StandardCharsets.UTF_8);
  }

  static Child start(String what, Path file) throws IOException {
    return new Child(new ProcessBuilder(command(what, file)).redirectErrorStream(true).start());
  }

  /** One that can write no file longer than {@code kibibytes}. */
  static Child startLimited(int kibibytes, String what, Path file) throws IOException {
    var command =
        new ArrayList<>(
            List.of("bash", "-c", "ulimit -f " + kibibytes + "; exec \"$@\"", "limited"));
    command.addAll(command(what, file));
    return new Child(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  private static List<String> command(String what, Path file) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-cp",
        System.getProperty("java.class.path"),
        Child.class.getName(),
        what,
        file.toString());
  }

  /** All that it prints, once it has ended. */
  String output() throws Exception {
    var output = new StringBuilder();
    for (var line = reader.readLine(); line != null; line = reader.readLine()) {
      output.append(line).append('\n');
    }
    process.waitFor();
    return output.toString();
  }

  /** The next line that it prints. */
  String line() throws IOException {
    return reader.readLine();
  }

  /** Kills it (SIGKILL) and waits until it is gone. */
  void kill() throws InterruptedException {
    // Through its handle: what it printed can still be read.
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /** The records that every child writes, of many lengths, some of them longer than a page. */
  static Object record(long n) {
    return n % 97 == 0 ? n + "x".repeat((int) (n % 9973)) : n % 3 == 0 ? "r" + n : (Object) n;
  }

  static String lines(long records) {
    var text = new StringBuilder();
    for (long n = 1; n <= records; n++) {
      text.append(Json.toText(record(n))).append('\n');
    }
    return text.toString();
  }

  /** Prints each epoch's position once it is flushed. */
  public static void main(String[] args) throws Exception {
    long epochs = args[0].equals("write-once") ? 1 : Long.MAX_VALUE;
    try (var sink = new FileSink(Path.of(args[1]), Format.JSON_LINES)) {
      sink.open(warning -> {}, Optional.empty());
      long written = 0;
      for (long epoch = 1; epoch <= epochs; epoch++) {
        for (int i = 0; i < 10; i++) {
          var records = new Object[50];
          for (int k = 0; k < records.length; k++) {
            records[k] = record(++written);
          }
          sink.write(Batch.of(written - records.length + 1, records));
        }
        System.out.println(Json.toText(sink.flush(epoch)));
      }
    } catch (WeirException e) {
      System.out.println(e.getMessage());
    }
  }
}
