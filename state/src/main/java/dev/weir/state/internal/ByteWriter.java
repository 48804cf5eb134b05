package dev.weir.state.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes: variable-length integers, length-prefixed texts and bytes. */
final class ByteWriter {

  private byte[] bytes = new byte[1024];
  private int size;

  int size() {
    return size;
  }

  byte[] array() {
    return bytes;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  void reset() {
    size = 0;
  }

  ByteWriter write(int value) {
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /** Little groups of seven bits first; negative values take ten bytes. */
  ByteWriter writeVarint(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  /** Small for values near zero of either sign. */
  ByteWriter writeSigned(long value) {
    return writeVarint((value << 1) ^ (value >> 63));
  }

  ByteWriter writeFixed(long value) {
    room(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  ByteWriter writeRaw(byte[] from, int offset, int length) {
    room(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
    return this;
  }

  ByteWriter writeBytes(byte[] value) {
    return writeVarint(value.length).writeRaw(value, 0, value.length);
  }

  ByteWriter writeText(String value) {
    return writeBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
