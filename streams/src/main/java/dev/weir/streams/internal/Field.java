package dev.weir.streams.internal;

/**
 * A field of a transport's descriptor.
 *
 * @param name as Weir writes it, such as {@code max-count}; FastScore's {@code MaxCount} means the
 *     same
 * @param fallback its value where it is left out; null for none
 */
record Field(String name, Type type, Object fallback, boolean required) {

  /** What a field's value is. */
  enum Type {
    TEXT("text"),
    TEXTS("a list of texts"),
    TEXT_OR_TEXTS("text or a list of texts"),
    WHOLE("a whole number, 0 or more"),
    NUMBER("a number, 0 or more"),
    FLAG("true or false");

    final String words;

    Type(String words) {
      this.words = words;
    }
  }

  static Field required(String name, Type type) {
    return new Field(name, type, null, true);
  }

  static Field optional(String name, Type type, Object fallback) {
    return new Field(name, type, fallback, false);
  }
}
