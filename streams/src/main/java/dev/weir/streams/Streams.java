package dev.weir.streams;

import dev.weir.state.WeirException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The streams that a command can name:
 *
 * <ul>
 *   <li>a path, or {@code file:PATH}: a file of JSON Lines, a named pipe or a device;
 *   <li>{@code -}: standard input, standard output;
 *   <li>{@code inline:1,2,3}: these JSON values, to read;
 *   <li>{@code range:1..1000}: these numbers, to read;
 *   <li>{@code discard:}: nowhere, to write.
 * </ul>
 *
 * <p>In {@code file:} and {@code inline:}, {@code %2C} stands for the byte 2C, as in any URL; a
 * {@code %} without two hexadecimal digits stands for itself.
 */
public final class Streams {

  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(.*)", Pattern.DOTALL);
  private static final List<String> SCHEMES = List.of("file", "inline", "range", "discard");
  private static final List<String> LATER =
      List.of("kafka", "http", "https", "rest", "tcp", "udp", "exec", "postgres", "jdbc");
  private static final String CHOICES =
      "A stream is a path, - (standard input or output), inline:1,2,3, range:1..1000, file:PATH"
          + " or discard:";

  private Streams() {}

  /**
   * The stream of this name. Opens nothing.
   *
   * @throws WeirException when it names none, or one of a later version
   */
  public static StreamSpec parse(String text) {
    if (text.isBlank()) {
      throw new WeirException("the name of a stream is empty. " + CHOICES);
    }
    if (text.equals("-") || text.equals("/dev/stdin") || text.equals("/dev/stdout")) {
      return new StandardStream();
    }
    var matcher = SCHEME.matcher(text);
    if (!matcher.matches()) {
      return file(text, text);
    }
    var scheme = matcher.group(1).toLowerCase(Locale.ROOT);
    var rest = matcher.group(2);
    return switch (scheme) {
      case "file" -> file(text, filePath(decoded(rest)));
      case "inline" -> new InlineStream(decoded(rest));
      case "range" -> RangeStream.parse(rest);
      case "discard" -> {
        if (!rest.isEmpty()) {
          throw new WeirException("'" + text + "': nothing follows the colon of discard:");
        }
        yield new DiscardStream();
      }
      default -> throw unknown(text, scheme);
    };
  }

  /** Whether two streams are one file. */
  public static boolean sameFile(StreamSpec a, StreamSpec b) {
    if (a instanceof FileStream one && b instanceof FileStream other) {
      try {
        return one.path()
                .toAbsolutePath()
                .normalize()
                .equals(other.path().toAbsolutePath().normalize())
            || Files.isSameFile(one.path(), other.path());
      } catch (IOException e) {
        return false;
      }
    }
    return false;
  }

  private static StreamSpec file(String text, String path) {
    try {
      if (path.isEmpty()) {
        throw new WeirException("'" + text + "' names no file. " + CHOICES);
      }
      return new FileStream(Path.of(path));
    } catch (InvalidPathException e) {
      throw new WeirException("'" + text + "' is no path: " + e.getReason(), e);
    }
  }

  /** {@code file:///a}, {@code file://localhost/a}, {@code file:/a} and {@code file:a}. */
  private static String filePath(String rest) {
    if (rest.startsWith("//localhost/")) {
      return rest.substring("//localhost".length());
    }
    return rest.startsWith("///") ? rest.substring(2) : rest;
  }

  private static WeirException unknown(String text, String scheme) {
    if (LATER.contains(scheme)) {
      return new WeirException(
          "'" + text + "': streams of kind " + scheme + ": are not in this version. " + CHOICES);
    }
    var near =
        SCHEMES.stream()
            .filter(known -> distance(known, scheme) <= 2)
            .findFirst()
            .map(known -> " Did you mean " + known + text.substring(scheme.length()) + "?")
            .orElse("");
    return new WeirException(
        "'"
            + text
            + "': there are no streams of kind "
            + scheme
            + ":."
            + near
            + " "
            + CHOICES
            + "; a file of that name is written ./"
            + text);
  }

  /** How many letters must be put in, left out or changed to come from one to the other. */
  private static int distance(String a, String b) {
    var row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    var from = text.getBytes(StandardCharsets.UTF_8);
    var to = new ByteArrayOutputStream(from.length);
    for (int i = 0; i < from.length; i++) {
      int high = from[i] == '%' && i + 2 < from.length ? Character.digit(from[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(from[i + 2], 16);
      if (low < 0) {
        to.write(from[i]);
      } else {
        to.write(high << 4 | low);
        i += 2;
      }
    }
    return to.toString(StandardCharsets.UTF_8);
  }
}
