package dev.weir.runners.internal.jvm;

import dev.weir.graph.Json;
import dev.weir.runners.MisfitException;

/** A Java type as a form of JSON values. Immutable. */
abstract class Shape {

  private static final int SHOWN = 60;

  /** Says where within a value something does not fit; its path grows as it is thrown outwards. */
  static final class Mismatch extends RuntimeException {
    private static final long serialVersionUID = 1;
    private String path = "";
    private final String what;

    Mismatch(String what) {
      super(what, null, false, false);
      this.what = what;
    }

    Mismatch within(String step) {
      path = step + path;
      return this;
    }

    String describe(String subject) {
      return subject + (path.isEmpty() ? "" : " at " + path) + " " + what;
    }
  }

  /**
   * The value as a Java object of this type: a copy, unless it cannot be changed.
   *
   * @throws Mismatch when it has no such form
   */
  abstract Object read(Object json);

  /** Whether no one can change its objects, nor anything in them. */
  abstract boolean immutable();

  /** What is wanted, for a message: {@code a long}. */
  abstract String wanted();

  /**
   * The value as a Java object of this type, a copy unless it cannot be changed.
   *
   * @param subject what the value is, for a message
   * @throws MisfitException when it has no such form
   */
  final Object read(Object json, String subject) {
    try {
      return read(json);
    } catch (Mismatch mismatch) {
      throw new MisfitException(mismatch.describe(subject));
    }
  }

  final Mismatch mismatch(Object json) {
    return new Mismatch("is " + shown(json) + ", where " + wanted() + " is wanted");
  }

  static String shown(Object json) {
    var text = Json.toText(json);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
