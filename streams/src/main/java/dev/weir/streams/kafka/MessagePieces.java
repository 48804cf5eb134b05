package dev.weir.streams.kafka;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Messages put one behind the other into pieces of some size: the length of the key and one more (0
 * where there is none), the key, the length of the value, the value. Lengths are written seven bits
 * a byte, the lowest first. Not thread-safe.
 */
final class MessagePieces {

  /** A piece is closed when it is this large. */
  private static final int PIECE = 1 << 18;

  private static final int LONGEST_LENGTH = 5;

  private List<byte[]> full = new ArrayList<>();
  private long fullBytes;
  private byte[] piece = new byte[1024];
  private int size;

  /**
   * Adds a message.
   *
   * @param key may be null
   */
  void add(byte[] key, byte[] value) {
    int needed = 2 * LONGEST_LENGTH + value.length + (key == null ? 0 : key.length);
    if (size > 0 && size + needed > PIECE) {
      close();
    }
    if (size + needed > piece.length) {
      piece = Arrays.copyOf(piece, Math.max(size + needed, Math.min(PIECE, 2 * piece.length)));
    }
    putLength(key == null ? 0 : key.length + 1);
    if (key != null) {
      put(key);
    }
    putLength(value.length);
    put(value);
  }

  private void close() {
    full.add(Arrays.copyOf(piece, size));
    fullBytes += size;
    size = 0;
  }

  private void putLength(int length) {
    int rest = length;
    while (rest > 0x7F) {
      piece[size++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    piece[size++] = (byte) rest;
  }

  private void put(byte[] bytes) {
    System.arraycopy(bytes, 0, piece, size, bytes.length);
    size += bytes.length;
  }

  long bytes() {
    return fullBytes + size;
  }

  /** Hands over the pieces, and begins anew. */
  List<byte[]> take() {
    if (size > 0) {
      close();
    }
    var taken = full;
    full = new ArrayList<>();
    fullBytes = 0;
    return taken;
  }

  /** Takes the messages of a piece. */
  interface Taker {
    void message(byte[] key, byte[] value);
  }

  /** Reads the messages of a piece, in order. */
  static void read(byte[] piece, Taker taker) {
    var reader = new Reader(piece);
    while (reader.at < piece.length) {
      int keyLength = reader.length();
      var key = keyLength == 0 ? null : reader.bytes(keyLength - 1);
      taker.message(key, reader.bytes(reader.length()));
    }
  }

  private static final class Reader {
    private final byte[] from;
    private int at;

    Reader(byte[] from) {
      this.from = from;
    }

    int length() {
      int length = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = from[at++];
        length |= (next & 0x7F) << shift;
        if (next >= 0) {
          return length;
        }
      }
    }

    byte[] bytes(int length) {
      at += length;
      return Arrays.copyOfRange(from, at - length, at);
    }
  }
}
