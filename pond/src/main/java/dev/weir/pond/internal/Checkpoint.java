package dev.weir.pond.internal;

import dev.weir.pond.Event;
import dev.weir.pond.EventKey;
import dev.weir.pond.Offsets;
import java.time.Instant;

/**
 * A state to which a fold can go back.
 *
 * @param after the event that it follows, or null at the start
 * @param offsets of the events of the fish they hold exactly those up to {@code after}
 * @param horizon the last reset, or null: nothing before it matters
 * @param events how many events it follows
 * @param newest the latest time among them, or null
 * @param state the state itself where states never change, else its text
 */
record Checkpoint(
    Event after, Offsets offsets, EventKey horizon, long events, Instant newest, Object state)
    implements Retention.Mark {

  EventKey key() {
    return after == null ? null : after.key();
  }

  boolean isBefore(EventKey other) {
    return after == null || after.key().isBefore(other);
  }
}
