package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** Pieces of URLs. */
final class Urls {

  private static final String LABEL = "[\\p{L}\\p{N}_]([\\p{L}\\p{N}_-]*[\\p{L}\\p{N}_])?";
  private static final Pattern HOST =
      Pattern.compile(
          LABEL + "(\\." + LABEL + ")*\\.?|\\[[0-9a-fA-F:.%]+]|[0-9a-fA-F]*:[0-9a-fA-F:.%]+");

  private Urls() {}

  /** {@code %2C} is the byte 2C; a {@code %} without two hexadecimal digits is itself. */
  static String decoded(String text) {
    return text.indexOf('%') < 0 ? text : new String(bytes(text), StandardCharsets.UTF_8);
  }

  /** As {@link #decoded}, as bytes. */
  static byte[] bytes(String text) {
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
    return to.toByteArray();
  }

  /** A host and a port. */
  record Address(String host, int port) {}

  /** The address in {@code HOST:PORT} or {@code //HOST:PORT}. */
  static Address address(String scheme, String rest) {
    var text = rest.startsWith("//") ? rest.substring(2) : rest;
    int colon = text.lastIndexOf(':');
    try {
      long port = Long.parseLong(text.substring(colon + 1));
      if (colon > 0) {
        checkPort(port);
        checkHost(text.substring(0, colon));
        return new Address(text.substring(0, colon), (int) port);
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw new WeirException(
        "'"
            + scheme
            + ":"
            + rest
            + "': a host and a port must follow, as in "
            + scheme
            + ":localhost:9000");
  }

  static boolean isPort(long port) {
    return port > 0 && port < 1 << 16;
  }

  static void checkPort(Descriptor d) {
    var port = d.settings().whole("port");
    if (port != null) {
      checkPort(port);
    }
    for (var host : List.of("host", "bind-to")) {
      if (d.settings().has(host)) {
        checkHost(d.settings().text(host));
      }
    }
  }

  private static void checkPort(long port) {
    if (!isPort(port)) {
      throw new WeirException("the port " + port + " is none; ports are 1 to 65535");
    }
  }

  /** What can be said of a host without asking anybody. */
  static void checkHost(String host) {
    if (!HOST.matcher(host).matches()) {
      throw new WeirException(
          "'"
              + host
              + "' is no host: it is a name such as db.example.org, or an address such as 10.0.0.1"
              + " or [::1]");
    }
  }
}
