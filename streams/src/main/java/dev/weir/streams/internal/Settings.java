package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The fields of a transport, checked and with their defaults, by the names of {@link Field#name}.
 * Immutable.
 */
record Settings(Map<String, Object> values) {

  private static final String SECRET = "secret://";
  private static final Path SECRETS = Path.of("/run/secrets");

  boolean has(String name) {
    return values.get(name) != null;
  }

  /** A text; null where there is none. */
  String text(String name) {
    return (String) values.get(name);
  }

  /**
   * A text, which may be {@code secret://NAME}: then it is what the file {@code /run/secrets/NAME}
   * or the environment variable {@code NAME} holds.
   */
  String secret(String name) {
    var text = text(name);
    if (text == null || !text.startsWith(SECRET)) {
      return text;
    }
    var secret = text.substring(SECRET.length());
    var file = SECRETS.resolve(secret);
    try {
      var value =
          Files.isRegularFile(file) ? Files.readString(file).strip() : System.getenv(secret);
      if (value != null) {
        return value;
      }
    } catch (IOException e) {
      throw new WeirException("the secret " + file + " cannot be read: " + e.getMessage(), e);
    }
    throw new WeirException(
        "there is no secret '"
            + secret
            + "': put it in the file "
            + file
            + " or in the environment variable "
            + secret);
  }

  @SuppressWarnings("unchecked")
  List<String> texts(String name) {
    return (List<String>) values.get(name);
  }

  /** A whole number; null where there is none. */
  Long whole(String name) {
    return (Long) values.get(name);
  }

  /** A number; null where there is none. */
  Double number(String name) {
    return values.get(name) instanceof Number number ? number.doubleValue() : null;
  }

  boolean flag(String name) {
    return Boolean.TRUE.equals(values.get(name));
  }
}
