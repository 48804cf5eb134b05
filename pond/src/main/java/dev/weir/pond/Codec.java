package dev.weir.pond;

import com.fasterxml.jackson.databind.JavaType;
import dev.weir.pond.internal.JsonCodec;

/**
 * Values as JSON text and back. Implementations are thread-safe, and read what they wrote.
 *
 * @param <T> the values
 */
public interface Codec<T> {

  /** The text of one JSON value. */
  String write(T value);

  /** The value of a text that was written by this codec, or by an earlier version of it. */
  T read(String text);

  /**
   * Records, beans, collections, dates ({@code java.time}, as ISO 8601) and enums by Jackson, with
   * its annotations. A sealed type needs none: its values have a property {@code type}, the simple
   * name of their class that begins with a small letter.
   */
  static <T> Codec<T> json(Class<T> type) {
    return JsonCodec.of(type);
  }

  /** As {@link #json(Class)}, for a generic type such as a list of records. */
  static <T> Codec<T> json(JavaType type) {
    return JsonCodec.of(type);
  }

  /** A list of values. */
  static <T> Codec<java.util.List<T>> jsonList(Class<T> element) {
    return JsonCodec.listOf(element);
  }

  /** A map from text to values. */
  static <T> Codec<java.util.Map<String, T>> jsonMap(Class<T> value) {
    return JsonCodec.mapOf(value);
  }

  /** The JSON text itself. */
  static Codec<String> text() {
    return JsonCodec.TEXT;
  }
}
