package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads a pipe, a terminal or a device ahead, in a daemon thread of its own, since such a read
 * cannot be given up. What was read waits in a short queue.
 *
 * <p>It outlives the sources that use it, one after the other, so that a run that starts again in
 * this process loses nothing that was read ahead.
 *
 * <p>Not thread-safe, but for its own thread.
 */
final class PipeReader {

  private static final int BLOCK = 1 << 16;
  private static final int BLOCKS_AHEAD = 16;
  private static final byte[] END = {};

  private final String name;
  private final Opening opening;
  private final MessageReader messages;
  private final BlockingQueue<byte[]> ahead = new ArrayBlockingQueue<>(BLOCKS_AHEAD);
  private volatile IOException failure;
  private Thread thread;
  private byte[] block = END;
  private int taken;
  private boolean ended;
  private long deadline;

  /**
   * Nothing is opened before {@link #start}.
   *
   * @param name what messages call it
   */
  PipeReader(String name, Format format, Opening opening) {
    this.name = name;
    this.opening = opening;
    this.messages = new MessageReader(name, format, this::read);
  }

  /** How the pipe is opened; may take until someone writes to it. */
  interface Opening {
    InputStream open() throws IOException;
  }

  /** Starts reading, unless it has begun already. Says whether this was the first time. */
  boolean start() {
    if (thread != null) {
      return false;
    }
    thread = new Thread(this::readAhead, "weir-reads-" + name);
    thread.setDaemon(true);
    thread.start();
    return true;
  }

  /**
   * The messages of what was read; their {@link MessageReader#poll} is bound by {@link #patience}.
   */
  MessageReader messages() {
    return messages;
  }

  /** Whether everything was read that there was. */
  boolean isAtEnd() {
    return ended;
  }

  /** How long, from now on, they may wait for more. */
  void patience(Duration patience) {
    deadline = System.nanoTime() + patience.toNanos();
  }

  private int read(byte[] buffer, int from, int length, boolean wait) throws InterruptedException {
    if (ended) {
      return -1;
    }
    if (taken == block.length) {
      var next =
          wait
              ? ahead.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)
              : ahead.poll();
      if (next == null) {
        return 0;
      }
      if (next == END) {
        ended = true;
        if (failure != null) {
          throw new WeirException(
              name + " cannot be read any further: " + FileTrouble.reason(failure), failure);
        }
        return -1;
      }
      block = next;
      taken = 0;
    }
    int count = Math.min(length, block.length - taken);
    System.arraycopy(block, taken, buffer, from, count);
    taken += count;
    return count;
  }

  private void readAhead() {
    try {
      try (var in = opening.open()) {
        var bytes = new byte[BLOCK];
        for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
          if (read > 0) {
            ahead.put(Arrays.copyOf(bytes, read));
          }
        }
      } catch (IOException e) {
        failure = e;
      }
      ahead.put(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
