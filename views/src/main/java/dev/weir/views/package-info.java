/**
 * Queries whose results are kept up to date while rows come and go. Start at {@link
 * dev.weir.views.Query}, which builds one, and {@link dev.weir.views.View}, which runs it.
 *
 * <p>The law of this room: <b>incremental equals batch</b>. Whatever the sequence of steps, the sum
 * of the output deltas is the query run from scratch on the sum of the input deltas. The theory is
 * DBSP (Budiu et al., VLDB 2023).
 */
package dev.weir.views;
