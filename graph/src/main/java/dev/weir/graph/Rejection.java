package dev.weir.graph;

/**
 * A record that was dropped because it could not be used.
 *
 * @param reason what kind of trouble, for counting
 * @param port the input port that it came in at, or for an output the port that it was to go out of
 * @param sequence its number in its stream, or 0 where it has none (an output)
 * @param record the record as text, shortened
 * @param message what is wrong with it
 */
public record Rejection(Reason reason, int port, long sequence, String record, String message) {

  /** A record of port 0. */
  public Rejection(Reason reason, long sequence, String record, String message) {
    this(reason, 0, sequence, record, message);
  }

  /** Why a record is dropped; counted apart. */
  public enum Reason {
    /** It is not of the stream's encoding. */
    ENCODING,
    /** It does not match the schema of an input. */
    SCHEMA,
    /** It does not match the schema of an output. */
    OUTPUT_SCHEMA
  }
}
