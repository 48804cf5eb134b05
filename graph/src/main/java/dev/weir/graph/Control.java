package dev.weir.graph;

/**
 * A control record: part of a stream, and no data. It is never shown to a program and never checked
 * against a schema. The three kinds are FastScore's.
 *
 * @param id a number that its writer chose, or null
 * @param timestamp milliseconds since 1970, or null
 * @param misc text of its writer's, or null
 */
public record Control(Kind kind, Long id, Long timestamp, String misc) {

  /** The end of a set, without properties. */
  public static final Control SET = of(Kind.SET);

  /** What a control record says. */
  public enum Kind {
    /** The stream ends here, whatever follows it. */
    END,
    /** The records since the last one are a set. */
    SET,
    /**
     * Travels through the whole graph and comes out: no record behind it has an effect on what
     * comes out before it.
     */
    PIG;

    /** As written in a stream. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** A control record without properties. */
  public static Control of(Kind kind) {
    return new Control(kind, null, null, null);
  }
}
