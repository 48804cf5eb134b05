package dev.weir.state.internal;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/**
 * Where the content of snapshots is kept: immutable chunks, each named by the SHA-256 of its bytes.
 *
 * <p>A chunk may be deleted only inside a writing transaction of the store, when no table names it
 * and {@link #isBeingWritten} is false. A {@link Session} begins inside a writing transaction too.
 * So what a session has put or found stays until its manifest is committed, whichever process
 * deletes.
 *
 * <p>Thread-safe.
 */
interface Chunks extends AutoCloseable {

  /** Begins to write chunks; ends when their manifest is committed or given up. */
  Session session();

  /**
   * The bytes of a chunk.
   *
   * @throws DamagedChunkException when it is missing or its bytes do not hash to its name
   */
  byte[] read(String hash);

  boolean exists(String hash);

  /** Whether a session of any process is open. */
  boolean isBeingWritten();

  /** The names of all chunks. */
  Collection<String> list();

  void delete(Collection<String> hashes);

  /** Removes what interrupted sessions left half-written. */
  void deleteLeftovers();

  /** Where a chunk is, for messages. */
  String where(String hash);

  /** Ends with the store. */
  @Override
  default void close() {}

  /** Writing of chunks that belong together. One thread. */
  interface Session extends AutoCloseable {

    /** Keeps a chunk, unless it is there already and sound; its name. */
    String put(byte[] bytes);

    /** Makes everything that was put durable. */
    void sync();

    /** Whether everything that was put is still there. */
    boolean isWhole();

    @Override
    void close();
  }

  static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  static boolean isHash(String name) {
    return name.length() == 64
        && name.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }
}
