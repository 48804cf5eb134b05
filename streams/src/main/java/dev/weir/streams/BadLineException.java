package dev.weir.streams;

/** A line that is not exactly one JSON value. Without a stack trace: there may be very many. */
final class BadLineException extends Exception {

  BadLineException(String message) {
    super(message, null, false, false);
  }
}
