package dev.weir.pond;

import java.time.Instant;
import java.time.format.DateTimeParseException;

/** A point in a log, up to which a state is asked for. */
public sealed interface At {

  /** After the event with this key, or where it would stand. */
  record ByKey(EventKey key) implements At {}

  /** After the last event, in the order of events, whose time is not later. */
  record ByTime(Instant time) implements At {}

  /** After the event at this offset of a stream. */
  record ByOffset(String stream, long offset) implements At {}

  /** After everything. */
  record Now() implements At {}

  /**
   * Reads a point: {@code now}, a time ({@code 2026-01-31T12:00:00Z}), an event's id ({@code
   * LAMPORT/STREAM}), or an offset ({@code STREAM@OFFSET}).
   */
  static At parse(String text) {
    if (text.equals("now")) {
      return new Now();
    }
    if (text.matches("[^/@]+@[0-9]{1,18}")) {
      int sign = text.indexOf('@');
      return new ByOffset(text.substring(0, sign), Long.parseLong(text.substring(sign + 1)));
    }
    if (text.matches("[0-9]{1,18}/.+")) {
      return new ByKey(EventKey.parse(text));
    }
    try {
      return new ByTime(Instant.parse(text));
    } catch (DateTimeParseException e) {
      throw new BadQueryException(
          "\"%s\" is no point in a log: write now, a time such as 2026-01-31T12:00:00Z, LAMPORT/STREAM, or STREAM@OFFSET"
              .formatted(text),
          e);
    }
  }
}
