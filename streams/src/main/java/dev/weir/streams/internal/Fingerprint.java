package dev.weir.streams.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * By what a file's first bytes are known again: a digest of their first 64 KiB and their last 4
 * KiB. It tells a file that was replaced, cut or written anew; it does not prove that nothing in
 * the middle was changed. Leaves the file's pointer where it is.
 */
final class Fingerprint {

  private static final int HEAD = 64 << 10;
  private static final int TAIL = 4 << 10;
  private static final int DIGEST_BYTES = 8;

  private final RandomAccessFile file;
  private long lastLength = -1;
  private String last;

  Fingerprint(RandomAccessFile file) {
    this.file = file;
  }

  /**
   * The fingerprint of the first {@code length} bytes, which must be there and stay as they are.
   */
  String of(long length) throws IOException {
    if (length != lastLength) {
      var digest = sha256();
      long head = Math.min(length, HEAD);
      digest.update(read(0, (int) head));
      long tail = Math.max(head, length - TAIL);
      digest.update(read(tail, (int) (length - tail)));
      last = HexFormat.of().formatHex(digest.digest(), 0, DIGEST_BYTES);
      lastLength = length;
    }
    return last;
  }

  private byte[] read(long from, int length) throws IOException {
    var bytes = new byte[length];
    long before = file.getFilePointer();
    file.seek(from);
    try {
      file.readFully(bytes);
    } catch (EOFException e) {
      throw new IOException("it was cut while it was in use", e);
    }
    file.seek(before);
    return bytes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
