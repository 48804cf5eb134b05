package dev.weir.streams.internal;

import java.util.List;

/** All transports. A transport's classes are loaded when it is asked for. */
final class Transports {

  /** The names of all transports, for messages. */
  static final List<String> NAMES =
      List.of("file", "standard", "inline", "discard");

  private Transports() {}

  /** The transport of a name in lower case; null when there is none. */
  static Transport named(String name) {
    return switch (name) {
      // A new transport is one line here, and its name above.
      default -> null;
    };
  }
}
