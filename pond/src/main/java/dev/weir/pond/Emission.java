package dev.weir.pond;

/**
 * A state that an observer is told, after all known events were applied.
 *
 * @param state of a fish whose states may change it is a copy, shared by the observers
 * @param cause why it is told
 * @param from the first event that was newly applied; where the fold went back, that event; null
 *     for the state at the start
 * @param at the last event that the state follows, or null
 * @param folded how many events were folded for it
 */
public record Emission<S>(S state, Cause cause, EventKey from, EventKey at, long folded) {

  /** Why a state is told. */
  public enum Cause {
    /** The observer is new. */
    START,
    /** Events were added at the end. */
    APPEND,
    /** An event came late: the fold went back to before it and came again. */
    REWIND
  }
}
