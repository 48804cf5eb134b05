package dev.weir.streams.internal;

/**
 * A message that is no record of its encoding, or a record that the encoding cannot write. Without
 * a stack trace: there may be very many.
 */
final class BadMessageException extends Exception {

  BadMessageException(String message) {
    super(message, null, false, false);
  }
}
