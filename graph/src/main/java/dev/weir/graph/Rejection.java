package dev.weir.graph;

/**
 * A record that was dropped because it could not be used.
 *
 * @param reason what kind of trouble, for counting
 * @param slot the slot of a model, or -1 where it is the only one or there are no slots
 * @param sequence its number in its stream, or 0 where it has none (an output)
 * @param record the record as text, shortened
 * @param message what is wrong with it
 */
public record Rejection(Reason reason, int slot, long sequence, String record, String message) {

  /** A record of a node without slots. */
  public Rejection(Reason reason, long sequence, String record, String message) {
    this(reason, -1, sequence, record, message);
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
