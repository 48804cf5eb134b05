package dev.weir.state.internal;

import dev.weir.state.Row;

/**
 * What the store knows of a subject: who owns it, how far it is, and what its next snapshot can
 * build on.
 *
 * <p>Segments in {@code weir_segment} hold all changes of state after {@code completeAfter}. The
 * state at {@code basePosition} equals the snapshot {@code base}. So a snapshot can be made of both
 * where {@code completeAfter <= basePosition}; otherwise it is made by reading all rows.
 *
 * @param position the last commit, or null
 * @param completeAfter null when commits write no segments
 * @param base null when there is no snapshot to build on
 * @param basePosition null exactly when {@code base} is
 * @param segmentBytes the size of the segments
 * @param segmentLimit above which size they are given up
 */
record Subject(
    String name,
    long run,
    Long position,
    Long completeAfter,
    String base,
    Long basePosition,
    long segmentBytes,
    long segmentLimit) {

  Subject {
    assert (base == null) == (basePosition == null) : "a base without a position";
    assert base == null || completeAfter != null : "a base without segments";
  }

  static Subject fresh(String name) {
    return new Subject(name, 0, null, null, null, null, 0, 0);
  }

  /** As it stands in the table; null if it does not. */
  static Subject find(Backend.Reader reader, String name) {
    var row = reader.get(Books.SUBJECT, name);
    return row == null
        ? null
        : new Subject(
            name,
            row.integer(1),
            (Long) row.get(2),
            (Long) row.get(3),
            row.text(4),
            (Long) row.get(5),
            row.integer(6),
            row.integer(7));
  }

  Row row() {
    return Row.of(
        name, run, position, completeAfter, base, basePosition, segmentBytes, segmentLimit);
  }

  boolean hasSegments() {
    return completeAfter != null;
  }

  boolean canBuildOnBase() {
    return base != null && completeAfter <= basePosition;
  }

  Subject withRun(long next) {
    return new Subject(
        name, next, position, completeAfter, base, basePosition, segmentBytes, segmentLimit);
  }

  Subject at(long next) {
    return new Subject(
        name, run, next, completeAfter, base, basePosition, segmentBytes, segmentLimit);
  }

  Subject withSegmentBytes(long bytes) {
    return new Subject(name, run, position, completeAfter, base, basePosition, bytes, segmentLimit);
  }

  /** Commits write segments from now on. */
  Subject beginSegments(long limit) {
    return new Subject(name, run, position, position, null, null, 0, limit);
  }

  /** Commits write no segments, and the next snapshot is made by reading all rows. */
  Subject withoutSegments() {
    return new Subject(name, run, position, null, null, null, 0, 0);
  }

  Subject basedOn(String snapshot, long at, long bytes, long limit) {
    return new Subject(name, run, position, completeAfter, snapshot, at, bytes, limit);
  }

  /** The state now equals this snapshot. */
  Subject equalTo(String snapshot, long limit) {
    return new Subject(name, run, position, position, snapshot, position, 0, limit);
  }
}
