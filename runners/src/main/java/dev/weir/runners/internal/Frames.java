package dev.weir.runners.internal;

import dev.weir.runners.RunnerException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Frames: four bytes of length, highest first, then that many bytes. */
public final class Frames {

  // So low that text can never be taken for a length.
  private static final int LARGEST = 1 << 29;

  private Frames() {}

  /** Writes a length into a buffer. */
  public static void putLength(byte[] buffer, int at, int length) {
    buffer[at] = (byte) (length >>> 24);
    buffer[at + 1] = (byte) (length >>> 16);
    buffer[at + 2] = (byte) (length >>> 8);
    buffer[at + 3] = (byte) length;
  }

  /**
   * The next frame.
   *
   * @return null at the end of the stream
   * @throws EOFException when it ends within a frame
   * @throws RunnerException when it cannot be a frame
   */
  public static byte[] read(InputStream in) throws IOException {
    var head = in.readNBytes(Integer.BYTES);
    if (head.length == 0) {
      return null;
    }
    if (head.length < Integer.BYTES) {
      throw new EOFException();
    }
    int length =
        (head[0] << 24) | ((head[1] & 0xff) << 16) | ((head[2] & 0xff) << 8) | (head[3] & 0xff);
    if (length < 0 || length > LARGEST) {
      throw new RunnerException("A runner sent what is not a frame.");
    }
    var frame = in.readNBytes(length);
    if (frame.length < length) {
      throw new EOFException();
    }
    return frame;
  }
}
