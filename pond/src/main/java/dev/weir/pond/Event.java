package dev.weir.pond;

import java.time.Instant;
import java.util.List;

/**
 * One event of a log. Immutable.
 *
 * <p>A node appends to its own stream, whose offsets grow by one and whose Lamport times grow.
 *
 * @param offset from 0
 * @param time what the wall clock of the node said
 * @param tags sorted, each once
 * @param payload the text of one JSON value
 * @param local whether this node appended it
 */
public record Event(
    String stream,
    long offset,
    long lamport,
    Instant time,
    List<String> tags,
    String payload,
    boolean local) {

  public EventKey key() {
    return new EventKey(lamport, stream);
  }

  /** The id: {@link EventKey#id}. */
  public String id() {
    return key().id();
  }

  /** Whether both say the same, whoever appended them. */
  public boolean hasContentOf(Event other) {
    return stream.equals(other.stream)
        && offset == other.offset
        && lamport == other.lamport
        && time.equals(other.time)
        && tags.equals(other.tags)
        && payload.equals(other.payload);
  }
}
