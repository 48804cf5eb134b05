package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Rejection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Cuts bytes into lines and lines into records. A record's sequence number is the number of its
 * line, from 1. Blank lines are passed over; a line that is not one JSON value, or is longer than
 * {@link #MAX_LINE}, is rejected; the last line needs no line feed. Not thread-safe.
 *
 * <p>Invariant: {@code offset} and {@code line} are those of the first line not yet taken, whose
 * bytes begin at {@code buffer[start]}; there is no line feed between {@code start} and {@code
 * scanned}. While {@code skipped > 0}, that line is too long and its bytes are thrown away.
 */
final class MessageReader {

  /** How many bytes are asked for at a time. */
  static final int BLOCK = 1 << 18;

  /** The length of the longest line that is taken. */
  static final int MAX_LINE = 64 << 20;

  /** A batch ends after this many bytes, so that its size in memory has a bound. */
  private static final int BATCH_BYTES = 4 << 20;

  private static final int SHOWN = 200;

  private final Input input;
  private final JsonLineDecoder decoder = new JsonLineDecoder();
  private byte[] buffer = new byte[BLOCK];
  private int start;
  private int scanned;
  private int end;
  private boolean ended;
  private long skipped;

  private long offset;
  private long line;
  private long records;

  MessageReader(Input input) {
    this.input = input;
  }

  /** Where bytes come from. */
  interface Input {
    /**
     * Reads some bytes.
     *
     * @param wait whether to wait for them, as long as there is patience
     * @return how many; 0 when there are none now, -1 when there will be no more
     */
    int read(byte[] buffer, int from, int length, boolean wait)
        throws IOException, InterruptedException;
  }

  /** Says where the input stands. Only before the first {@link #poll}. */
  void startAt(long offset, long line, long records) {
    this.offset = offset;
    this.line = line;
    this.records = records;
  }

  /** How many bytes were taken: the offset of the next line. */
  long offset() {
    return offset;
  }

  /** How many lines were taken. */
  long lines() {
    return line;
  }

  /** How many records were returned. */
  long records() {
    return records;
  }

  /** As {@link dev.weir.graph.Source#poll}. */
  Optional<Batch> poll(int max, Consumer<Rejection> rejected)
      throws IOException, InterruptedException {
    var taken = new Taken(max);
    long bytes = 0;
    while (taken.size < max && bytes < BATCH_BYTES) {
      int feed = lineFeed();
      if (feed < 0 && !ended) {
        if (end - start > MAX_LINE) {
          skipped += end - start;
          start = end;
        }
        int read = fill(taken.size == 0);
        if (read == 0) {
          break;
        }
        bytes += skipped > 0 ? Math.max(0, read) : 0;
        continue;
      }
      if (feed < 0 && start == end && skipped == 0) {
        break;
      }
      int to = feed < 0 ? end : feed;
      int next = feed < 0 ? end : feed + 1;
      line++;
      take(to, taken, rejected);
      bytes += next - start;
      offset += skipped + next - start;
      skipped = 0;
      start = next;
      scanned = next;
    }
    records += taken.size;
    boolean over = taken.size == 0 && ended && start == end && skipped == 0;
    return over ? Optional.empty() : Optional.of(taken.batch());
  }

  /** The index of the first line feed, or -1. */
  private int lineFeed() {
    var bytes = buffer;
    int to = end;
    for (int i = scanned; i < to; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    scanned = to;
    return -1;
  }

  /** Reads on behind what is there, making room for it. */
  private int fill(boolean wait) throws IOException, InterruptedException {
    if (start > 0) {
      int rest = end - start;
      // A buffer that has grown for one long line is given back.
      var room = buffer.length > BLOCK && rest < BLOCK ? new byte[BLOCK] : buffer;
      System.arraycopy(buffer, start, room, 0, rest);
      buffer = room;
      start = 0;
      scanned = rest;
      end = rest;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int read = input.read(buffer, end, Math.min(BLOCK, buffer.length - end), wait);
    if (read < 0) {
      ended = true;
    } else {
      end += read;
    }
    return read;
  }

  private void take(int to, Taken taken, Consumer<Rejection> rejected) {
    int from = start;
    if (skipped > 0 || to - from > MAX_LINE) {
      reject(
          from, to, "longer than " + (MAX_LINE >> 20) + " MiB, the most a line may have", rejected);
      return;
    }
    if (offset == 0 && hasByteOrderMark(from, to)) {
      from += 3;
    }
    if (JsonLineDecoder.isBlank(buffer, from, to)) {
      return;
    }
    try {
      taken.add(line, decoder.decode(buffer, from, to));
    } catch (BadMessageException e) {
      reject(from, to, e.getMessage(), rejected);
    }
  }

  private boolean hasByteOrderMark(int from, int to) {
    return to - from >= 3
        && buffer[from] == (byte) 0xEF
        && buffer[from + 1] == (byte) 0xBB
        && buffer[from + 2] == (byte) 0xBF;
  }

  private void reject(int from, int to, String message, Consumer<Rejection> rejected) {
    int shown = Math.min(SHOWN, to - from);
    var text = new String(buffer, from, shown, StandardCharsets.UTF_8).stripTrailing();
    rejected.accept(
        new Rejection(
            Rejection.Reason.ENCODING,
            line,
            shown < to - from || skipped > 0 ? text + "…" : text,
            message));
  }

  /** The records of one batch, whose numbers are kept only where they have gaps. */
  private static final class Taken {
    private Object[] values;
    private long[] numbers;
    private long first;
    private int size;

    Taken(int max) {
      values = new Object[Math.min(max, 1024)];
    }

    void add(long number, Object value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
        numbers = numbers == null ? null : Arrays.copyOf(numbers, size * 2);
      }
      if (size == 0) {
        first = number;
      } else if (numbers == null && number != first + size) {
        numbers = new long[values.length];
        Arrays.setAll(numbers, i -> first + i);
      }
      if (numbers != null) {
        numbers[size] = number;
      }
      values[size++] = value;
    }

    Batch batch() {
      var exact = size == values.length ? values : Arrays.copyOf(values, size);
      return numbers == null
          ? Batch.of(size == 0 ? 1 : first, exact)
          : Batch.of(exact, Arrays.copyOf(numbers, size));
    }
  }
}
