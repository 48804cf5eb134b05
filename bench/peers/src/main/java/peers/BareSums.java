package peers;

/**
 * The running sums as a loop over an array, without any state that survives: the limit.
 *
 * <p>{@code BareSums COUNT KEYS turn|random|runs} prints the sum of all sums, how many keys there
 * are, and the seconds.
 */
public final class BareSums {

  public static void main(String[] args) {
    long count = Long.parseLong(args[0]);
    int keys = Integer.parseInt(args[1]);
    var sums = new long[keys];
    long check = 0;
    long began = System.nanoTime();
    for (long number = 1; number <= count; number++) {
      check += sums[(int) key(number, keys, args[2])] += number;
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    int used = 0;
    for (long sum : sums) {
      used += sum == 0 ? 0 : 1;
    }
    System.out.println(check + " " + used + " " + seconds);
  }

  /** In turn, at random, or each key forty times and then the next. */
  static long key(long number, long keys, String order) {
    return switch (order) {
      case "turn" -> number % keys;
      case "random" -> Math.floorMod(number * 0x9E3779B97F4A7C15L >> 16, keys);
      default -> number / 40 % keys;
    };
  }
}
