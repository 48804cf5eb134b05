package dev.weir.pond;

/**
 * A state of a fish in the past.
 *
 * @param at the last event that it follows, or null
 * @param folded how many events had to be folded to find it
 */
public record Moment<S>(S state, Event at, long folded) {}
