package dev.weir.state.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link ByteWriter} wrote. */
final class ByteReader {

  private final byte[] bytes;
  private int at;

  ByteReader(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  boolean atEnd() {
    return at >= bytes.length;
  }

  int position() {
    return at;
  }

  int read() {
    return bytes[at++] & 0xff;
  }

  long readVarint() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }

  int readLength() {
    return Math.toIntExact(readVarint());
  }

  long readSigned() {
    long value = readVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  long readFixed() {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | read();
    }
    return value;
  }

  void readRaw(byte[] to, int offset, int length) {
    System.arraycopy(bytes, at, to, offset, length);
    at += length;
  }

  byte[] readBytes() {
    int length = readLength();
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  String readText() {
    int length = readLength();
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }
}
