package dev.weir.pond;

/**
 * Where an event stands in the total order of all events: by Lamport time, then by stream. Every
 * node orders the same events alike; wall clocks play no part.
 */
public record EventKey(long lamport, String stream) implements Comparable<EventKey> {

  private static final int DIGITS = 16;

  @Override
  public int compareTo(EventKey other) {
    return lamport != other.lamport
        ? Long.compare(lamport, other.lamport)
        : stream.compareTo(other.stream);
  }

  public boolean isBefore(EventKey other) {
    return compareTo(other) < 0;
  }

  /** The event's id as text, whose order as text is the order of events. */
  public String id() {
    var digits = Long.toString(lamport);
    return "0".repeat(Math.max(0, DIGITS - digits.length())) + digits + "/" + stream;
  }

  /**
   * The key that an id names.
   *
   * @throws BadQueryException when it is no id of an event
   */
  public static EventKey parse(String id) {
    int slash = id.indexOf('/');
    try {
      if (slash > 0 && slash < id.length() - 1) {
        return new EventKey(Long.parseLong(id.substring(0, slash)), id.substring(slash + 1));
      }
    } catch (NumberFormatException e) {
      throw new BadQueryException(noId(id), e);
    }
    throw new BadQueryException(noId(id));
  }

  private static String noId(String id) {
    return "\"%s\" is no id of an event: write LAMPORT/STREAM, as weir event list shows it"
        .formatted(id);
  }

  @Override
  public String toString() {
    return lamport + "/" + stream;
  }
}
