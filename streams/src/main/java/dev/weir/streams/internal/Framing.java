package dev.weir.streams.internal;

import dev.weir.state.WeirException;

/**
 * Where messages end in a stream of bytes. Keeps what it knows of a message that has not ended;
 * each reader has its own. Not thread-safe.
 */
interface Framing {

  /**
   * The end of the message that begins at {@code from}.
   *
   * @param scanned the bytes before it were looked at in the last call, and did not end the message
   * @param ended whether nothing follows {@code to}; then there is always an end
   * @return an index up to {@code to}, or -1 when more bytes are needed
   */
  int end(byte[] bytes, int from, int scanned, int to, boolean ended);

  /** How many bytes there are between the end last given and the next message. */
  int gap();

  /** Why the message whose end was last given is no whole one; null if it is. */
  default String flaw() {
    return null;
  }

  /** Whether it finds the next message behind one that is too long to be held. */
  default boolean findsTheNext() {
    return true;
  }

  /** Messages separated by one byte. */
  final class ByByte implements Framing {
    private final byte separator;
    private int gap;

    ByByte(byte separator) {
      this.separator = separator;
    }

    @Override
    public int end(byte[] bytes, int from, int scanned, int to, boolean ended) {
      var sought = separator;
      for (int i = scanned; i < to; i++) {
        if (bytes[i] == sought) {
          gap = 1;
          return i;
        }
      }
      gap = 0;
      return ended ? to : -1;
    }

    @Override
    public int gap() {
      return gap;
    }
  }

  /** Messages separated by several bytes. */
  final class ByText implements Framing {
    private final byte[] separator;
    private int gap;

    ByText(byte[] separator) {
      this.separator = separator;
    }

    @Override
    public int end(byte[] bytes, int from, int scanned, int to, boolean ended) {
      // A separator may have begun in what was looked at.
      for (int i = Math.max(from, scanned - separator.length + 1);
          i + separator.length <= to;
          i++) {
        if (matches(bytes, i)) {
          gap = separator.length;
          return i;
        }
      }
      gap = 0;
      return ended ? to : -1;
    }

    private boolean matches(byte[] bytes, int at) {
      for (int i = 0; i < separator.length; i++) {
        if (bytes[at + i] != separator[i]) {
          return false;
        }
      }
      return true;
    }

    @Override
    public int gap() {
      return gap;
    }
  }

  /**
   * Rows of CSV. A quote opens only at the beginning of a field; a separator within quotes is none.
   * Where the separator is a line end, both forms of one are.
   */
  final class Rows implements Framing {
    private final byte[] separator;
    private final boolean lines;
    private final byte quote;
    private final byte delimiter;
    private boolean quoted;
    private boolean fieldBegins = true;
    private int gap;

    Rows(byte[] separator, boolean lines, Format.Csv csv) {
      this.separator = separator;
      this.lines = lines;
      this.quote = (byte) csv.quote();
      this.delimiter = (byte) csv.delimiter();
    }

    @Override
    public int end(byte[] bytes, int from, int scanned, int to, boolean ended) {
      for (int i = scanned; i < to; i++) {
        byte b = bytes[i];
        if (quoted) {
          quoted = b != quote;
        } else if (b == quote && (fieldBegins || (i > from && bytes[i - 1] == quote))) {
          quoted = true;
          fieldBegins = false;
        } else {
          fieldBegins = b == delimiter;
          int end = separatorEndsAt(bytes, from, i);
          if (end >= 0) {
            gap = i + 1 - end;
            reset();
            return end;
          }
        }
      }
      if (!ended) {
        return -1;
      }
      gap = 0;
      reset();
      return to;
    }

    /** Where the row ends whose separator's last byte is at {@code i}; -1 if it is none. */
    private int separatorEndsAt(byte[] bytes, int from, int i) {
      if (lines) {
        return bytes[i] != '\n' ? -1 : i > from && bytes[i - 1] == '\r' ? i - 1 : i;
      }
      int begin = i - separator.length + 1;
      if (begin < from) {
        return -1;
      }
      for (int k = 0; k < separator.length; k++) {
        if (bytes[begin + k] != separator[k]) {
          return -1;
        }
      }
      return begin;
    }

    private void reset() {
      quoted = false;
      fieldBegins = true;
    }

    @Override
    public int gap() {
      return gap;
    }
  }

  /** Messages of one size. */
  final class BySize implements Framing {
    private final int size;
    private String flaw;

    BySize(int size) {
      this.size = size;
    }

    @Override
    public int end(byte[] bytes, int from, int scanned, int to, boolean ended) {
      flaw = null;
      if (to - from >= size) {
        return from + size;
      }
      flaw = "the stream ends after " + (to - from) + " of its " + size + " bytes";
      return ended ? to : -1;
    }

    @Override
    public String flaw() {
      return flaw;
    }

    @Override
    public int gap() {
      return 0;
    }
  }

  /** The whole stream is one message. */
  final class Whole implements Framing {
    @Override
    public int end(byte[] bytes, int from, int scanned, int to, boolean ended) {
      return ended ? to : -1;
    }

    @Override
    public int gap() {
      return 0;
    }
  }

  /** Messages that say themselves how long they are. */
  final class BySelf implements Framing {
    private final Measure measure;

    BySelf(Measure measure) {
      this.measure = measure;
    }

    /** How long a message is. */
    interface Measure {
      /**
       * The length of the message that begins at {@code from}; -1 when more bytes are needed.
       *
       * @throws BadMessageException when no message begins so
       */
      int length(byte[] bytes, int from, int to) throws BadMessageException;
    }

    @Override
    public int end(byte[] bytes, int from, int scanned, int to, boolean ended) {
      try {
        int length = measure.length(bytes, from, to);
        if (length == 0) {
          throw new BadMessageException("a message of no bytes, so they cannot be told apart");
        }
        if (length < 0 && ended) {
          throw new BadMessageException("it ends within a message");
        }
        return length < 0 ? -1 : from + length;
      } catch (BadMessageException e) {
        throw new WeirException(e.getMessage(), e);
      }
    }

    @Override
    public boolean findsTheNext() {
      return false;
    }

    @Override
    public int gap() {
      return 0;
    }
  }
}
