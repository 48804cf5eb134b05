/**
 * Executes a graph in this process: threads, bounded queues, barriers, one commit per epoch,
 * recovery. Start at {@link dev.weir.engine.Engine}.
 */
package dev.weir.engine;
