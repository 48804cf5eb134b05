package dev.weir.streams.internal;

import java.io.OutputStream;
import java.util.Arrays;

/** Bytes that grow. Invariant: the first {@code size} of {@code array} count. Not thread-safe. */
final class Bytes extends OutputStream {

  private static final int USUAL = 1 << 10;

  private byte[] array = new byte[USUAL];
  private int size;

  /** The bytes; valid until more are written. */
  byte[] array() {
    return array;
  }

  int size() {
    return size;
  }

  /** Takes back what is behind {@code size}. */
  void cut(int size) {
    this.size = size;
  }

  byte[] copy() {
    return Arrays.copyOf(array, size);
  }

  @Override
  public void write(int b) {
    room(1);
    array[size++] = (byte) b;
  }

  @Override
  public void write(byte[] bytes) {
    write(bytes, 0, bytes.length);
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    room(length);
    System.arraycopy(bytes, from, array, size, length);
    size += length;
  }

  private void room(int more) {
    if (array.length - size < more) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, Math.addExact(size, more)));
    }
  }
}
