package dev.weir.streams.internal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Bytes that can be read from any place, again and again. Not thread-safe. */
interface Medium extends AutoCloseable {

  /** As {@link MessageReader.Input}, without waiting. */
  int read(byte[] buffer, int from, int length) throws IOException;

  /** The next byte, or -1. */
  int read() throws IOException;

  void seek(long offset) throws IOException;

  long length() throws IOException;

  /** By what the first {@code length} bytes are known again. */
  String fingerprint(long length) throws IOException;

  @Override
  void close() throws IOException;

  /** A regular file. */
  final class OfFile implements Medium {
    private final RandomAccessFile file;
    private final Fingerprint fingerprint;

    OfFile(Path path) throws IOException {
      // Not a channel: an interrupt would close it.
      this.file = new RandomAccessFile(path.toFile(), "r");
      this.fingerprint = new Fingerprint(file);
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      return file.read(buffer, from, length);
    }

    @Override
    public int read() throws IOException {
      return file.read();
    }

    @Override
    public void seek(long offset) throws IOException {
      file.seek(offset);
    }

    @Override
    public long length() throws IOException {
      return file.length();
    }

    @Override
    public String fingerprint(long length) throws IOException {
      return fingerprint.of(length);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** Bytes in memory, which are always the same. */
  final class OfMemory implements Medium {
    private final byte[] bytes;
    private int at;

    OfMemory(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read(byte[] buffer, int from, int length) {
      int count = Math.min(length, bytes.length - at);
      System.arraycopy(bytes, at, buffer, from, count);
      at += count;
      return count == 0 ? -1 : count;
    }

    @Override
    public int read() {
      return at < bytes.length ? bytes[at++] & 0xff : -1;
    }

    @Override
    public void seek(long offset) {
      at = (int) offset;
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public String fingerprint(long length) {
      return "inline";
    }

    @Override
    public void close() {}
  }
}
