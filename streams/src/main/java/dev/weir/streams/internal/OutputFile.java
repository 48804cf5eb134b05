package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A regular file that whole messages are appended to, one writer at a time. Not thread-safe.
 *
 * <p>Invariants: {@code length} is the length of the file and the end of a message (or whatever a
 * foreign file that is appended to ends with). No write call ends within a message.
 *
 * <p><b>Half lines.</b> A kernel lets a file grow page by page, so a reader may see a write call
 * cut at a page's end, and it may stay cut there when the writer is killed within the call.
 * Therefore lines are written by calls that stay within one page, and only a line that itself
 * crosses the end of a page can be seen, for the microseconds of its own call, without its rest.
 * This holds for messages that end with a byte of their own, as lines do; others are written in
 * large calls, and a reader who reads along must know where they end.
 */
final class OutputFile implements AutoCloseable {

  private static final int PAGE = 4096;

  private static final int BLOCK = 1 << 16;

  private final Path path;
  private final int messageEnd;
  private final RandomAccessFile file;
  private final Fingerprint fingerprint;
  private long length;
  private boolean changed;
  private boolean broken;

  private OutputFile(Path path, int messageEnd, RandomAccessFile file) throws IOException {
    this.path = path;
    this.messageEnd = messageEnd;
    this.file = file;
    this.fingerprint = new Fingerprint(file);
    this.length = file.length();
  }

  /**
   * Opens the file for writing, makes it if it is not there, and locks it.
   *
   * @param messageEnd the byte that every message ends with; -1 where there is none
   */
  static OutputFile open(Path path, int messageEnd) {
    FileTrouble.checkWritable(path);
    try {
      boolean made = !Files.exists(path);
      // Not a channel: an interrupt would close it.
      var file = new RandomAccessFile(path.toFile(), "rw");
      try {
        lock(path, file);
        if (made) {
          syncFolder(path);
        }
        return new OutputFile(path, messageEnd, file);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileTrouble.writing(path, e);
    }
  }

  /**
   * Opens a file that was written by an earlier run.
   *
   * @param length how many bytes it must have at least
   * @param knownLength how many bytes the fingerprint {@code known} is of
   */
  static OutputFile openCommitted(
      Path path, int messageEnd, long length, long knownLength, Object known) {
    if (!Files.exists(path) && length > 0) {
      throw FileTrouble.changed(
          path, "is gone, but the last commit has " + length + " bytes of output in it");
    }
    var file = open(path, messageEnd);
    try {
      if (file.length() < length) {
        throw FileTrouble.changed(
            path,
            "has "
                + file.length()
                + " bytes, but the last commit has "
                + length
                + " bytes of output in it: it was replaced or cut");
      }
      if (!file.fingerprint(knownLength).equals(known)) {
        throw FileTrouble.changed(
            path,
            "is not the file that was written: its first " + knownLength + " bytes have changed");
      }
      return file;
    } catch (RuntimeException e) {
      try {
        file.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** A courtesy: where the file system has no locks, the store's run number is the rule. */
  private static void lock(Path path, RandomAccessFile file) {
    FileLock lock;
    try {
      lock = file.getChannel().tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      return;
    }
    if (lock == null) {
      throw new WeirException(
          path
              + " is being written by another job. Stop that one (weir job list shows the jobs of a"
              + " store), or name another output");
    }
  }

  /** Makes the existence of a file, or its absence, durable. */
  static void syncFolder(Path path) throws IOException {
    try (var folder =
        FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  long length() {
    return length;
  }

  /** By what the first {@code length} bytes, which must be there, are known again. */
  String fingerprint(long length) {
    try {
      return fingerprint.of(length);
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  /** Whether the file is empty or its last message has its end. */
  boolean endsMessage() {
    try {
      if (length == 0 || messageEnd < 0) {
        return true;
      }
      file.seek(length - 1);
      return file.read() == messageEnd;
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  /** Takes back what is behind {@code to}. */
  void cut(long to) {
    if (to > length) {
      throw new IllegalArgumentException("cut " + path + " of " + length + " bytes to " + to);
    }
    try {
      if (to < length) {
        file.setLength(to);
        length = to;
        changed = true;
      }
    } catch (IOException e) {
      throw FileTrouble.writing(path, e);
    }
  }

  /** Appends whole messages: the bytes from {@code from} to {@code to}. */
  void append(byte[] lines, int from, int to) {
    if (broken) {
      throw new IllegalStateException(path + " is written to after a write to it failed");
    }
    if (messageEnd < 0) {
      write(lines, from, to);
      return;
    }
    if (from < to && lines[to - 1] != (byte) messageEnd) {
      throw new IllegalArgumentException("not whole messages");
    }
    int at = from;
    while (at < to) {
      int next = callEnd((byte) messageEnd, lines, at, to, length);
      write(lines, at, next);
      at = next;
    }
  }

  /**
   * Where the lines end that one call may write to a file of this length: those that fit into its
   * page, or one that does not.
   */
  static int callEnd(byte messageEnd, byte[] lines, int from, int to, long length) {
    int room = PAGE - (int) (length % PAGE);
    if (to - from <= room) {
      return to;
    }
    for (int i = from + room; i > from; i--) {
      if (lines[i - 1] == messageEnd) {
        return i;
      }
    }
    int i = from + room;
    while (lines[i] != messageEnd) {
      i++;
    }
    return i + 1;
  }

  private void write(byte[] lines, int from, int to) {
    changed = true;
    try {
      file.seek(length);
      file.write(lines, from, to - from);
      length += to - from;
    } catch (IOException e) {
      broken = true;
      takeBackHalfLine(e);
      throw failed(e);
    }
  }

  /** As {@link #cut}, but nothing that goes wrong may hide what went wrong before. */
  private void takeBackHalfLine(IOException cause) {
    try {
      file.setLength(length);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private WeirException failed(IOException e) {
    return new WeirException(
        path
            + " cannot be written any further: "
            + FileTrouble.reason(e)
            + ". It holds "
            + length
            + " bytes, all of them whole records; nothing that was committed is lost. "
            + (FileTrouble.isFull(e) ? "Make room" : "Remove the cause")
            + " and run the same command again: it goes on from the last commit",
        e);
  }

  /** Appends the whole messages of another file. */
  void appendAll(Path lines) {
    var block = new byte[BLOCK];
    int size = 0;
    try (var in = Files.newInputStream(lines)) {
      for (int read = in.read(block); read >= 0; read = in.read(block, size, block.length - size)) {
        size += read;
        int whole = size;
        while (messageEnd >= 0 && whole > 0 && block[whole - 1] != (byte) messageEnd) {
          whole--;
        }
        append(block, 0, whole);
        System.arraycopy(block, whole, block, 0, size - whole);
        size -= whole;
        if (size == block.length) {
          block = Arrays.copyOf(block, 2 * size);
        }
      }
    } catch (IOException e) {
      throw FileTrouble.reading(lines, e);
    }
  }

  /** Makes everything appended or cut so far durable. */
  void sync() {
    if (broken) {
      throw new IllegalStateException(path + " is synced after a write to it failed");
    }
    try {
      if (changed) {
        file.getFD().sync();
        changed = false;
      }
    } catch (IOException e) {
      broken = true;
      throw failed(e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
