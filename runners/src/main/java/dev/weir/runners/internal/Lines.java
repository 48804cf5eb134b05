package dev.weir.runners.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/**
 * Splits what a process prints into lines, in bounded memory: a line longer than {@link #LONGEST}
 * bytes is told in pieces.
 */
public final class Lines {

  /** In bytes. */
  public static final int LONGEST = 1 << 16;

  private Lines() {}

  /** Reads to the end of the stream, or until it fails. */
  public static void read(InputStream in, Consumer<String> listener) {
    var buffer = new byte[1 << 13];
    var line = new ByteArrayOutputStream();
    try {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        int start = 0;
        for (int i = 0; i < read; i++) {
          boolean ends = buffer[i] == '\n';
          if (ends || line.size() + i - start >= LONGEST) {
            line.write(buffer, start, i - start);
            start = ends ? i + 1 : i;
            tell(line, listener);
          }
        }
        line.write(buffer, start, read - start);
      }
    } catch (IOException e) {
      // The pipe was closed on our side; what came before counts.
    }
    if (line.size() > 0) {
      tell(line, listener);
    }
  }

  private static void tell(ByteArrayOutputStream line, Consumer<String> listener) {
    var text = line.toString(UTF_8);
    line.reset();
    listener.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
  }
}
