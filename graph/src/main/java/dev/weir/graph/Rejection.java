package dev.weir.graph;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A record that was dropped because it could not be used.
 *
 * <p>An engine counts and reports it; where the node's output port {@link Reason#port} is connected
 * it also sends it there, as {@link #toJson} has it, within the epoch that it belongs to.
 *
 * @param reason what kind of trouble, for counting
 * @param slot the slot of a model, or -1 where it is the only one or there are no slots
 * @param sequence its number in its stream, or 0 where it has none (an output)
 * @param record the record as text, shortened
 * @param value the record, if it could be decoded; otherwise its text
 * @param message what is wrong with it
 * @param trace where a program was when it raised, several lines; or null
 */
public record Rejection(
    Reason reason,
    int slot,
    long sequence,
    String record,
    Object value,
    String message,
    String trace) {

  /** A record of a node without slots. */
  public Rejection(Reason reason, long sequence, String record, String message) {
    this(reason, -1, sequence, record, record, message, null);
  }

  /** As a record of a stream of rejections. */
  public Map<String, Object> toJson(String node) {
    var json = new LinkedHashMap<String, Object>();
    json.put("node", node);
    if (slot >= 0) {
      json.put("slot", (long) slot);
    }
    json.put("sequence", sequence);
    json.put("record", value);
    json.put("reason", reason.word());
    json.put("message", message);
    if (trace != null) {
      json.put("trace", trace);
    }
    return json;
  }

  /** Why a record is dropped; counted apart. */
  public enum Reason {
    /** It is not of the stream's encoding. */
    ENCODING,
    /** It does not match the schema of an input. */
    SCHEMA,
    /** It does not match the schema of an output. */
    OUTPUT_SCHEMA,
    /** The program raised at it, and goes on. */
    RAISED;

    /** The port of {@link #RAISED}. */
    public static final int DEAD_LETTERS = -1;

    /** The port of the others. */
    public static final int REJECTS = -2;

    /** The output port through which rejections of this reason leave a node. */
    public int port() {
      return this == RAISED ? DEAD_LETTERS : REJECTS;
    }

    /** As printed. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }
}
