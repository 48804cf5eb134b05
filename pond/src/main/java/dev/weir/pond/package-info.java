/**
 * Folds over an event log that several nodes write: fish, their snapshots, and time travel. Knows
 * tables and values, no engine: it can be used from a plain {@code main}. Start at {@link
 * dev.weir.pond.Pond}, which observes a {@link dev.weir.pond.Fish} over an {@link
 * dev.weir.pond.EventLog}.
 */
package dev.weir.pond;
