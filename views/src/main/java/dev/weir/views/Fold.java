package dev.weir.views;

import java.math.BigDecimal;

/**
 * An aggregate that rows can be added to and taken from without looking at the others.
 *
 * @param <T> rows
 * @param <S> sums, which are immutable and equal when they are the same
 * @param <V> results
 */
interface Fold<T, S, V> {

  /** How sums are kept. */
  RowType<S> sums();

  S zero();

  S add(S sum, T row, long weight);

  V result(S sum, long rows);

  /** The number of rows is all that is needed. */
  static <T> Fold<T, Boolean, Long> count() {
    return new Fold<>() {
      @Override
      public RowType<Boolean> sums() {
        return RowType.of(Boolean.class);
      }

      @Override
      public Boolean zero() {
        return Boolean.FALSE;
      }

      @Override
      public Boolean add(Boolean sum, T row, long weight) {
        return sum;
      }

      @Override
      public Long result(Boolean sum, long rows) {
        return rows;
      }
    };
  }

  /** Doubles, summed exactly. */
  static <T> Fold<T, ExactSum, Double> sum(
      java.util.function.ToDoubleFunction<? super T> value, boolean average) {
    var sums = RowType.<ExactSum>text("ExactSum", ExactSum::toString, ExactSum::parse);
    return new Fold<>() {
      @Override
      public RowType<ExactSum> sums() {
        return sums;
      }

      @Override
      public ExactSum zero() {
        return ExactSum.ZERO;
      }

      @Override
      public ExactSum add(ExactSum sum, T row, long weight) {
        return sum.plus(value.applyAsDouble(row), weight);
      }

      @Override
      public Double result(ExactSum sum, long rows) {
        return average ? sum.dividedBy(rows) : sum.value();
      }
    };
  }

  /** Sums of another kind, with an addition of their own. */
  static <T, S> Fold<T, S, S> of(RowType<S> sums, S zero, Aggregate<? super T, S> aggregate) {
    return new Fold<>() {
      @Override
      public RowType<S> sums() {
        return sums;
      }

      @Override
      public S zero() {
        return zero;
      }

      @Override
      public S add(S sum, T row, long weight) {
        return aggregate.add(sum, row, weight);
      }

      @Override
      public S result(S sum, long rows) {
        return sum;
      }
    };
  }

  /** A decimal without zeros at its end, so that equal numbers are equal. */
  static BigDecimal plain(BigDecimal value) {
    return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
  }
}
