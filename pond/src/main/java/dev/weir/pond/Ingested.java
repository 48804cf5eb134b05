package dev.weir.pond;

import java.util.List;

/**
 * What became of events that were taken over from another node.
 *
 * @param added how many are new
 * @param known how many the log had already
 * @param refused those that were put aside, and why
 * @param missing what has to come first, in words: gaps before events that were not taken
 */
public record Ingested(int added, int known, List<Refused> refused, List<String> missing) {

  /** An event that was put aside: kept in the log's quarantine, in no stream. */
  public record Refused(Event event, String why) {}
}
