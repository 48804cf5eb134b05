package dev.weir.runners;

/**
 * One process (or thread) that executes an operator's code. Whoever starts it is told everything it
 * says through a {@link Listener}.
 *
 * <p>{@link #send} is thread-safe and keeps order per thread. It may wait while the runner is
 * behind in reading; it throws nothing when the runner has died: the listener hears of that.
 */
public interface Runner extends AutoCloseable {

  void send(ToRunner message);

  /** The process id, for people. */
  long pid();

  /** Resident memory of the process in bytes, or -1 where it cannot be known. */
  long memory();

  /** Ends the runner: asks, and kills it if it does not go at once. Returns when it is gone. */
  @Override
  void close();

  /** Ends the runner without asking. */
  void kill();

  /**
   * Hears what one runner says, from one thread at a time, in order. Must not wait for the runner.
   */
  interface Listener {
    void heard(FromRunner message);

    /** A line that the program printed. */
    void printed(String line);
  }
}
