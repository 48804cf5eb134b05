/**
 * Tables, commits and snapshots: the ground floor. Knows nothing of streams, graphs or languages
 * and can be used by itself. Start at {@link dev.weir.state.Store}.
 */
package dev.weir.state;
