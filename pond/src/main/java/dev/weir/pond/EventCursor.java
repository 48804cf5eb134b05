package dev.weir.pond;

import java.util.Iterator;

/** Events being read, in the total order or against it. Close it, or read it to its end. */
public interface EventCursor extends Iterator<Event>, AutoCloseable {

  /** The next event without taking it, or null at the end. */
  Event peek();

  /**
   * How far the log has been read: of the events that the query asks for, these offsets hold
   * exactly those that were taken so far. Only for reading forwards.
   */
  Offsets offsets();

  @Override
  void close();
}
