/**
 * Child processes that execute user code in its own language, and the protocol that they speak:
 * framed, batched, in the language's own fast binary form. Knows what a cell's value is called, not
 * where it is kept. Start at {@link dev.weir.runners.Runner}.
 */
package dev.weir.runners;
