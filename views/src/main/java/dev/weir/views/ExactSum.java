package dev.weir.views;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.StringJoiner;

/**
 * A sum of doubles that is exact until it is read, and rounded once then; so what was added can be
 * taken away again without a trace. Immutable.
 *
 * <p>Kept as partial sums that do not overlap (Shewchuk, 1997), smallest first. Numbers so large or
 * small that their products might not be exact are summed as decimals. Infinities and NaN are
 * counted.
 */
final class ExactSum implements Comparable<ExactSum> {

  static final ExactSum ZERO = new ExactSum(new double[0], BigDecimal.ZERO, 0, 0, 0);

  private static final double LARGE = 0x1p960;
  private static final double SMALL = 0x1p-900;
  private static final long EXACT_WEIGHT = 1L << 53;

  private final double[] parts;
  private final BigDecimal extremes;
  private final long nans;
  private final long positives;
  private final long negatives;

  private ExactSum(double[] parts, BigDecimal extremes, long nans, long positives, long negatives) {
    this.parts = parts;
    this.extremes = extremes;
    this.nans = nans;
    this.positives = positives;
    this.negatives = negatives;
  }

  /** This sum and {@code weight} times a value. */
  ExactSum plus(double value, long weight) {
    if (Double.isNaN(value)) {
      return new ExactSum(parts, extremes, Math.addExact(nans, weight), positives, negatives);
    }
    if (Double.isInfinite(value)) {
      return value > 0
          ? new ExactSum(parts, extremes, nans, Math.addExact(positives, weight), negatives)
          : new ExactSum(parts, extremes, nans, positives, Math.addExact(negatives, weight));
    }
    if (value == 0) {
      return this;
    }
    double size = Math.abs(value);
    if (size > LARGE || size < SMALL || Math.abs(weight) > EXACT_WEIGHT) {
      var product = new BigDecimal(value).multiply(BigDecimal.valueOf(weight));
      return new ExactSum(parts, extremes.add(product), nans, positives, negatives);
    }
    double high = value * weight;
    double low = Math.fma(value, (double) weight, -high);
    var sum = grown(parts, high);
    return new ExactSum(low == 0 ? sum : grown(sum, low), extremes, nans, positives, negatives);
  }

  private static double[] grown(double[] parts, double added) {
    var sum = new double[parts.length + 1];
    int size = 0;
    double x = added;
    for (double part : parts) {
      double y = part;
      if (Math.abs(x) < Math.abs(y)) {
        double t = x;
        x = y;
        y = t;
      }
      double high = x + y;
      double low = y - (high - x);
      if (low != 0) {
        sum[size++] = low;
      }
      x = high;
    }
    if (x != 0) {
      sum[size++] = x;
    }
    return size == sum.length ? sum : Arrays.copyOf(sum, size);
  }

  /** The sum, correctly rounded. */
  double value() {
    if (nans != 0 || (positives != 0 && negatives != 0)) {
      return Double.NaN;
    }
    if (positives != 0 || negatives != 0) {
      return positives != 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
    if (extremes.signum() != 0) {
      return exact().doubleValue();
    }
    return switch (parts.length) {
      case 0 -> 0;
      case 1 -> parts[0];
      default -> rounded();
    };
  }

  /** The sum divided by a count, rounded once. */
  double dividedBy(long count) {
    double value = value();
    if (Double.isNaN(value) || (Double.isInfinite(value) && extremes.signum() == 0)) {
      return value;
    }
    if (parts.length <= 1 && extremes.signum() == 0 && Math.abs(count) <= EXACT_WEIGHT) {
      return value / count;
    }
    // Enough digits for the rounding to a double to be that of the quotient, but for exact ties.
    return exact().divide(BigDecimal.valueOf(count), new MathContext(800)).doubleValue();
  }

  /** The sum of the parts; a tie is decided by the sign of what lies below. */
  private double rounded() {
    int n = parts.length;
    double high = parts[--n];
    double low = 0;
    while (n > 0) {
      double x = high;
      double y = parts[--n];
      high = x + y;
      low = y - (high - x);
      if (low != 0) {
        break;
      }
    }
    if (n > 0 && ((low < 0 && parts[n - 1] < 0) || (low > 0 && parts[n - 1] > 0))) {
      double y = low * 2;
      double x = high + y;
      if (y == x - high) {
        high = x;
      }
    }
    return high;
  }

  /** The sum without rounding; infinities and NaN do not count. */
  BigDecimal exact() {
    var sum = extremes;
    for (double part : parts) {
      sum = sum.add(new BigDecimal(part));
    }
    return sum;
  }

  /** A text that a person can read and {@link #parse} takes. */
  @Override
  public String toString() {
    var text = new StringJoiner(" ");
    for (double part : parts) {
      text.add(Double.toString(part));
    }
    if (extremes.signum() != 0) {
      text.add("d" + extremes.stripTrailingZeros());
    }
    if (nans != 0 || positives != 0 || negatives != 0) {
      text.add("n" + nans).add("p" + positives).add("m" + negatives);
    }
    return text.toString();
  }

  static ExactSum parse(String text) {
    var parts = new double[text.isEmpty() ? 0 : text.split(" ").length];
    int size = 0;
    var extremes = BigDecimal.ZERO;
    var counts = new long[3];
    for (var word : text.isEmpty() ? new String[0] : text.split(" ")) {
      int special = "npm".indexOf(word.charAt(0));
      if (special >= 0) {
        counts[special] = Long.parseLong(word.substring(1));
      } else if (word.charAt(0) == 'd') {
        extremes = new BigDecimal(word.substring(1));
      } else {
        parts[size++] = Double.parseDouble(word);
      }
    }
    return new ExactSum(Arrays.copyOf(parts, size), extremes, counts[0], counts[1], counts[2]);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ExactSum other
        && nans == other.nans
        && positives == other.positives
        && negatives == other.negatives
        && ((Arrays.equals(parts, other.parts) && extremes.equals(other.extremes))
            || exact().compareTo(other.exact()) == 0);
  }

  @Override
  public int hashCode() {
    return Double.hashCode(value());
  }

  @Override
  public int compareTo(ExactSum other) {
    return toString().compareTo(other.toString());
  }
}
