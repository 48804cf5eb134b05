package dev.weir.state;

import java.time.Instant;

/**
 * What the catalogue says of a snapshot.
 *
 * @param id 8 characters of base 36
 * @param subject whose state it is
 * @param position the committed position (epoch or event) at which it was taken
 * @param why what asked for it
 * @param program the version of the program, or empty
 * @param tables number of tables
 * @param rows number of rows
 * @param bytes size of all its chunks
 * @param sharedBytes how much of that the previous snapshot of the subject holds too
 * @param positions the source positions as JSON text, or {@code {}}
 * @param damaged whether a read found a damaged chunk
 */
public record Snapshot(
    String id,
    String subject,
    long position,
    Instant takenAt,
    Why why,
    String program,
    int tables,
    long rows,
    long bytes,
    long sharedBytes,
    String positions,
    boolean damaged) {

  /** What asked for a snapshot. */
  public enum Why {
    EOF,
    INTERVAL,
    MANUAL,
    PAUSE,
    EVENTS,
    RESTORE,
    IMPORT;

    /** As printed: lower case. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
