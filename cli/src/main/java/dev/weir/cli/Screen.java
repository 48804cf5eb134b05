package dev.weir.cli;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The terminal as one screen that is drawn over: the other screen of the terminal, so that what was
 * on it is there again afterwards. Keys come in one by one. Closing, and Ctrl-C, put everything
 * back. For one thread.
 */
final class Screen implements Keys, AutoCloseable {

  private static final Path TERMINAL = Path.of("/dev/tty");
  private static final long LOOK_MILLIS = 50;
  private static final int END_OF_TEXT = 3;
  private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

  /** How many lines and columns a terminal has. */
  record Size(int rows, int columns) {}

  private final PrintStream out;
  private final InputStream keys;
  private final String settings;
  private final Thread putBack = new Thread(this::leave, "weir-screen");

  Screen(PrintStream out) throws IOException, InterruptedException {
    this.out = out;
    this.keys = new FileInputStream(TERMINAL.toFile());
    this.settings = stty("-g");
    Runtime.getRuntime().addShutdownHook(putBack);
    stty("-icanon", "-echo", "min", "0", "time", "0");
    out.print(ENTER);
    out.flush();
  }

  /** Whether there is a terminal that can be drawn on. */
  static boolean possible(Console console) {
    var kind = System.getenv("TERM");
    return console.outIsTerminal()
        && kind != null
        && !kind.equals("dumb")
        && Files.isReadable(TERMINAL);
  }

  Size size() {
    try {
      var words = stty("size").trim().split(" ", -1);
      int rows = Integer.parseInt(words[0]);
      int columns = Integer.parseInt(words[1]);
      if (rows > 0 && columns > 0) {
        return new Size(rows, columns);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      // It does not say: then as terminals have been for fifty years.
    }
    return new Size(24, 80);
  }

  /** Draws a frame over the last one. */
  void show(List<String> lines) {
    var frame = new StringBuilder("\u001b[H");
    for (int i = 0; i < lines.size(); i++) {
      frame.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append("\u001b[K");
    }
    out.print(frame.append("\u001b[J"));
    out.flush();
  }

  @Override
  public boolean quit(Duration time) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    while (true) {
      while (keys.available() > 0) {
        int key = keys.read();
        if (key == 'q' || key == 'Q' || key == END_OF_TEXT) {
          return true;
        }
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      Thread.sleep(Math.min(left, LOOK_MILLIS));
    }
  }

  @Override
  public void close() throws IOException {
    keys.close();
    if (Runtime.getRuntime().removeShutdownHook(putBack)) {
      leave();
    }
  }

  private void leave() {
    out.print(LEAVE);
    out.flush();
    try {
      stty(settings.trim());
    } catch (IOException e) {
      // The terminal has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Java cannot set a terminal; the command that can is on every system that has one. */
  private static String stty(String... arguments) throws IOException, InterruptedException {
    var command = new java.util.ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command)
            .redirectInput(TERMINAL.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("stty " + String.join(" ", arguments) + " failed");
    }
    return said;
  }
}
