package dev.weir.pond;

import dev.weir.pond.internal.EventText;

/** Events as lines of JSON: how they are exported, imported, and sent between nodes. */
public final class EventLine {

  private EventLine() {}

  /** An event as one line; the payload is a value within. */
  public static String write(Event event) {
    return EventText.write(event);
  }

  /**
   * Reads an event that another node appended.
   *
   * @throws BadEventException when the line is no event
   */
  public static Event read(String line) {
    return EventText.read(line, "");
  }
}
