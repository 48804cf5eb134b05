package dev.weir.pond;

import java.util.Optional;

/**
 * An event log as of one moment. Holding one for long keeps old data alive: close it. One thread at
 * a time.
 */
public interface LogView extends AutoCloseable {

  /** How far the log goes. */
  Offsets present();

  /** What was removed from the log for good: below these offsets, exclusive, nothing is left. */
  Offsets floors();

  /** The events that are asked for and lie beyond the offsets, in the total order. */
  EventCursor after(Offsets known, Where where);

  /** All events that are asked for, the latest first. */
  EventCursor backwards(Where where);

  /** The event at an offset of a stream. */
  Optional<Event> at(String stream, long offset);

  /** The event with this key. */
  Optional<Event> find(EventKey key);

  @Override
  void close();
}
