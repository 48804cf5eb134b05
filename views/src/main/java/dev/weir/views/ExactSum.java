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

  static final ExactSum ZERO = new ExactSum(0, null, null);

  private static final double LARGE = 0x1p960;
  private static final double SMALL = 0x1p-900;
  private static final long EXACT_WEIGHT = 1L << 53;

  /** The partial sum, if there is one only; zero if there is none. */
  private final double one;

  /** The partial sums, if there are several; or null. */
  private final double[] parts;

  /** What is no sum of ordinary numbers; null if there is none. */
  private final Special special;

  private record Special(BigDecimal extremes, long nans, long positives, long negatives) {

    static final Special NONE = new Special(BigDecimal.ZERO, 0, 0, 0);

    boolean isNothing() {
      return extremes.signum() == 0 && nans == 0 && positives == 0 && negatives == 0;
    }
  }

  private ExactSum(double one, double[] parts, Special special) {
    this.one = one;
    this.parts = parts;
    this.special = special;
  }

  private Special special() {
    return special == null ? Special.NONE : special;
  }

  private ExactSum with(Special other) {
    return new ExactSum(one, parts, other.isNothing() ? null : other);
  }

  /** This sum and {@code weight} times a value. */
  ExactSum plus(double value, long weight) {
    if (value == 0) {
      return this;
    }
    double size = Math.abs(value);
    // Also false for infinities and NaN.
    if (size <= LARGE && size >= SMALL && Math.abs(weight) <= EXACT_WEIGHT) {
      double high = value * weight;
      double low = Math.fma(value, (double) weight, -high);
      return low == 0 ? grown(high) : grown(high).grown(low);
    }
    var s = special();
    if (Double.isNaN(value)) {
      return with(new Special(s.extremes, Math.addExact(s.nans, weight), s.positives, s.negatives));
    }
    if (Double.isInfinite(value)) {
      return with(
          value > 0
              ? new Special(s.extremes, s.nans, Math.addExact(s.positives, weight), s.negatives)
              : new Special(s.extremes, s.nans, s.positives, Math.addExact(s.negatives, weight)));
    }
    var product = new BigDecimal(value).multiply(BigDecimal.valueOf(weight));
    return with(new Special(s.extremes.add(product), s.nans, s.positives, s.negatives));
  }

  private ExactSum grown(double added) {
    if (parts == null) {
      double high = one + added;
      // Knuth's sum of two: exact whichever is the larger.
      double part = high - one;
      double low = (one - (high - part)) + (added - part);
      return low == 0
          ? new ExactSum(high, null, special)
          : new ExactSum(0, new double[] {low, high}, special);
    }
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
    return of(sum, size, special);
  }

  private static ExactSum of(double[] parts, int size, Special special) {
    return size <= 1
        ? new ExactSum(size == 0 ? 0 : parts[0], null, special)
        : new ExactSum(0, Arrays.copyOf(parts, size), special);
  }

  /** The sum, correctly rounded. */
  double value() {
    if (special != null) {
      if (special.nans != 0 || (special.positives != 0 && special.negatives != 0)) {
        return Double.NaN;
      }
      if (special.positives != 0 || special.negatives != 0) {
        return special.positives != 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
      }
      return exact().doubleValue();
    }
    return parts == null ? one : rounded();
  }

  /** The sum divided by a count, rounded once. */
  double dividedBy(long count) {
    double value = value();
    if (Double.isNaN(value) || (Double.isInfinite(value) && special().extremes.signum() == 0)) {
      return value;
    }
    if (parts == null && special == null && Math.abs(count) <= EXACT_WEIGHT) {
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
    var sum = special().extremes;
    for (double part : all()) {
      sum = sum.add(new BigDecimal(part));
    }
    return sum;
  }

  private double[] all() {
    if (parts != null) {
      return parts;
    }
    return one == 0 ? new double[0] : new double[] {one};
  }

  /** A text that a person can read and {@link #parse} takes. */
  @Override
  public String toString() {
    if (parts == null && special == null) {
      return one == 0 ? "" : Double.toString(one);
    }
    var text = new StringJoiner(" ");
    for (double part : all()) {
      text.add(Double.toString(part));
    }
    var s = special();
    if (s.extremes.signum() != 0) {
      text.add("d" + s.extremes.stripTrailingZeros());
    }
    if (s.nans != 0 || s.positives != 0 || s.negatives != 0) {
      text.add("n" + s.nans).add("p" + s.positives).add("m" + s.negatives);
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
    return of(parts, size, null).with(new Special(extremes, counts[0], counts[1], counts[2]));
  }

  @Override
  public boolean equals(Object o) {
    if (!(o instanceof ExactSum other)) {
      return false;
    }
    if (parts == null && other.parts == null && special == null && other.special == null) {
      return one == other.one;
    }
    var s = special();
    var t = other.special();
    return s.nans == t.nans
        && s.positives == t.positives
        && s.negatives == t.negatives
        && exact().compareTo(other.exact()) == 0;
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
