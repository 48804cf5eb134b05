package dev.weir.models;

/**
 * How many records to send to a runner at a time: so many as are about 20 ms of work, which keeps
 * the cost of a message small, a barrier short and the work spread. Begins at one record, for a
 * model may be slow, and grows eightfold at most. Not thread-safe.
 */
final class FrameSize {

  static final int MAX = 16384;
  private static final double TARGET_NANOS = 20e6;
  private static final int GROWTH = 8;

  private int size = 1;

  int get() {
    return size;
  }

  /**
   * So many records took so long. A frame that was not full and took less than it might says
   * nothing against the size: what it took may be the cost of the message.
   */
  void done(int records, long nanos) {
    double fitting = TARGET_NANOS * records / Math.max(1, nanos);
    if (nanos > TARGET_NANOS) {
      size = (int) Math.max(1, Math.min(size, fitting));
    } else if ((long) records * GROWTH >= size) {
      double most = Math.min(MAX, (double) records * GROWTH);
      size = (int) Math.max(size, Math.min(fitting, most));
    }
  }
}
