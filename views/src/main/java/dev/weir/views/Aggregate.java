package dev.weir.views;

/**
 * How a row changes the sum of its group. What a weight does, the opposite weight must undo.
 *
 * @param <T> rows
 * @param <S> sums: immutable, equal when they are the same
 */
@FunctionalInterface
public interface Aggregate<T, S> {

  /** The sum with {@code weight} times the row added. */
  S add(S sum, T row, long weight);
}
