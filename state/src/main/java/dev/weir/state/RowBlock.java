package dev.weir.state;

/**
 * Many rows of one table, whose values are asked for one at a time: a commit of millions of small
 * rows need not make an object of each.
 *
 * <p>Whoever hands a block to a commit must not change it before the commit is done. The store
 * reads it from one thread, any value several times.
 */
public interface RowBlock {

  /** How many rows there are. */
  int size();

  /** A value: of the Java type of its table's column {@code column}, or null. */
  Object get(int row, int column);
}
