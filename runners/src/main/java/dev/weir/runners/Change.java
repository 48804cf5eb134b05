package dev.weir.runners;

/**
 * A new value of a cell or a pool key.
 *
 * @param item never a whole pool
 * @param present false where a pool key was deleted
 * @param value a JSON value as a Java object, see {@link dev.weir.graph.Batch}
 */
public record Change(Item item, boolean present, Object value) {}
