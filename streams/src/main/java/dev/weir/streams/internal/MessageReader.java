package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Rejection;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Cuts bytes into messages and decodes them. A record's sequence number is the number of its
 * message, from 1: in a file of lines, that of its line. A message that does not decode, or is
 * longer than {@link #MAX_MESSAGE}, is rejected; a header counts as none. Not thread-safe.
 *
 * <p>A control record is a batch of its own. The stream ends before an {@link Control.Kind#END},
 * which is not taken, so whoever goes on there finds the end again.
 *
 * <p>Invariant: {@code offset} and {@code message} are those of the first message not yet taken,
 * whose bytes begin at {@code buffer[start]} and do not end between {@code start} and {@code
 * scanned}. While {@code skipped > 0}, that message is too long and its bytes are thrown away.
 * While {@code block} is not null, its bytes are those of that message.
 */
final class MessageReader {

  /** How many bytes are asked for at a time. */
  static final int BLOCK = 1 << 18;

  /** The length of the longest message that is taken. */
  static final int MAX_MESSAGE = 64 << 20;

  /** A batch ends after this many bytes, so that its size in memory has a bound. */
  private static final int BATCH_BYTES = 4 << 20;

  private static final int SHOWN = 200;

  private final String name;
  private final Input input;
  private final Format format;
  private final Framing framing;
  private final Encoding encoding;
  private final boolean text;
  private final boolean padded;
  private final boolean passBlank;
  private final boolean blocks;
  private byte[] buffer = new byte[BLOCK];
  private int start;
  private int scanned;
  private int end;
  private boolean inputEnded;
  private boolean over;
  private long skipped;
  private boolean headerAwaited;
  private OcfEncoding.Block block;
  private int blockEnd;
  private long blockTaken;

  private long offset;
  private long message;
  private long records;

  /**
   * @param name what messages call the stream
   */
  MessageReader(String name, Format format, Input input) {
    this.name = name;
    this.input = input;
    this.format = format;
    this.framing = format.framing();
    this.encoding = format.encoding();
    this.text = format.isText();
    this.padded = format.envelope() instanceof Envelope.Fixed && text;
    this.blocks = format.envelope() instanceof Envelope.OcfBlock;
    this.passBlank =
        format.name() == Format.Name.JSON
            ? format.envelope() instanceof Envelope.Delimited
            : format.envelope() instanceof Envelope.DelimitedCsv csv && csv.skipBlankLines();
    this.headerAwaited = format.hasHeader();
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

  /**
   * Says where the input stands; what was read ahead of it is forgotten.
   *
   * @param taken how many records of the block there were taken, in a stream of blocks
   */
  void startAt(long offset, long message, long records, long taken) {
    start = 0;
    scanned = 0;
    end = 0;
    inputEnded = false;
    over = false;
    block = null;
    this.offset = offset;
    this.message = message;
    this.records = records;
    blockTaken = taken;
  }

  /** Begins again where the stream does; numbers go on. */
  void startAgain(long offset) {
    startAt(offset, message, records, 0);
    headerAwaited = format.hasHeader();
  }

  /** Takes the header, which the input is at, so that reading can go on elsewhere. */
  void readHeader() throws IOException, InterruptedException {
    while (headerAwaited && !(inputEnded && start == end)) {
      int to = framing.end(buffer, start, scanned, end, inputEnded);
      if (to >= 0) {
        header(to);
      } else {
        scanned = end;
        fill(true);
      }
    }
  }

  /** Whether the stream ended with a record that says so. */
  boolean endedBefore() {
    return over;
  }

  /** How many bytes were taken: the offset of the next message. */
  long offset() {
    return offset;
  }

  /** How many messages were taken. */
  long messages() {
    return message;
  }

  /** How many records were returned. */
  long records() {
    return records;
  }

  /** How many records of the block at {@link #offset} were taken; 0 where there are no blocks. */
  long taken() {
    return blockTaken;
  }

  /** As {@link dev.weir.graph.Source#poll}. */
  Optional<Batch> poll(int max, Consumer<Rejection> rejected)
      throws IOException, InterruptedException {
    try {
      return read(max, rejected);
    } catch (WeirException e) {
      throw new WeirException(
          name + " cannot be read behind byte " + offset + ": " + e.getMessage(), e);
    }
  }

  private Optional<Batch> read(int max, Consumer<Rejection> rejected)
      throws IOException, InterruptedException {
    var taken = new Taken(max);
    long bytes = 0;
    Control control = null;
    while (!over && control == null && taken.size < max && bytes < BATCH_BYTES) {
      if (block != null) {
        control = takeFromBlock(taken, rejected);
        continue;
      }
      if (inputEnded && start == end && skipped == 0) {
        break;
      }
      int to = framing.end(buffer, start, scanned, end, inputEnded);
      if (to < 0) {
        scanned = end;
        if (end - start > MAX_MESSAGE) {
          skip();
        }
        int read = fill(taken.size == 0);
        if (read == 0) {
          break;
        }
        bytes += skipped > 0 ? Math.max(0, read) : 0;
        continue;
      }
      bytes += to - start;
      if (headerAwaited) {
        header(to);
      } else if (blocks) {
        block = ((OcfEncoding) encoding).open(buffer, start, to);
        block.skip(blockTaken);
        blockEnd = to;
      } else {
        control = take(to, taken, rejected);
      }
    }
    records += taken.size;
    if (taken.size == 0 && control != null && !over) {
      return Optional.of(Batch.of(message - 1, control));
    }
    boolean ended = over || (inputEnded && start == end && skipped == 0 && block == null);
    return taken.size == 0 && ended ? Optional.empty() : Optional.of(taken.batch());
  }

  private void skip() {
    if (!framing.findsTheNext()) {
      throw new WeirException("a message is " + tooLong());
    }
    skipped += end - start;
    start = end;
    scanned = end;
  }

  private static String tooLong() {
    return "longer than " + (MAX_MESSAGE >> 20) + " MiB, the most a message may have";
  }

  /** Goes on behind the message that ends at {@code to}. */
  private void pass(int to) {
    int next = Math.min(end, to + framing.gap());
    offset += skipped + next - start;
    skipped = 0;
    start = next;
    scanned = next;
  }

  /** Reads on behind what is there, making room for it. */
  private int fill(boolean wait) throws IOException, InterruptedException {
    if (start > 0) {
      int rest = end - start;
      // A buffer that has grown for one long message is given back.
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
      inputEnded = true;
    } else {
      end += read;
    }
    return read;
  }

  private void header(int to) {
    int from = start + (offset == 0 && text && hasByteOrderMark(start, to) ? 3 : 0);
    headerAwaited = false;
    try {
      encoding.header(buffer, from, to);
    } catch (BadMessageException e) {
      throw new WeirException("its header is of no use: " + e.getMessage(), e);
    }
    pass(to);
  }

  /**
   * Takes the message that ends at {@code to}: adds its record, rejects it, or returns the control
   * record that it is. Takes nothing where a control record finds records before it.
   */
  private Control take(int to, Taken taken, Consumer<Rejection> rejected) {
    int from = start;
    int last = to;
    if (skipped > 0 || last - from > MAX_MESSAGE) {
      reject(++message, from, last, tooLong(), rejected);
      pass(to);
      return null;
    }
    if (framing.flaw() != null) {
      reject(++message, from, last, framing.flaw(), rejected);
      pass(to);
      return null;
    }
    if (offset == 0 && text && hasByteOrderMark(from, last)) {
      from += 3;
    }
    while (padded && last > from && buffer[last - 1] == 0) {
      last--;
    }
    if (passBlank && JsonLineDecoder.isBlank(buffer, from, last)) {
      message++;
      pass(to);
      return null;
    }
    try {
      var record = encoding.decode(buffer, from, last);
      if (record instanceof Control control) {
        if (taken.size > 0 || ends(control)) {
          return control;
        }
        message++;
        pass(to);
        return control;
      }
      taken.add(++message, record);
    } catch (BadMessageException e) {
      reject(++message, from, last, e.getMessage(), rejected);
    }
    pass(to);
    return null;
  }

  private boolean ends(Control control) {
    over |= control.kind() == Control.Kind.END;
    return over;
  }

  private Control takeFromBlock(Taken taken, Consumer<Rejection> rejected) {
    if (!block.hasNext()) {
      block = null;
      blockTaken = 0;
      pass(blockEnd);
      return null;
    }
    blockTaken++;
    message++;
    try {
      taken.add(message, block.next());
    } catch (BadMessageException e) {
      rejected.accept(
          new Rejection(Rejection.Reason.ENCODING, message, "a record of a block", e.getMessage()));
    }
    return null;
  }

  private boolean hasByteOrderMark(int from, int to) {
    return to - from >= 3
        && buffer[from] == (byte) 0xEF
        && buffer[from + 1] == (byte) 0xBB
        && buffer[from + 2] == (byte) 0xBF;
  }

  private void reject(long number, int from, int to, String message, Consumer<Rejection> rejected) {
    int shown = Math.min(SHOWN, to - from);
    var text =
        this.text
            ? new String(buffer, from, shown, StandardCharsets.UTF_8).stripTrailing()
            : hex(from, Math.min(shown, SHOWN / 4));
    rejected.accept(
        new Rejection(
            Rejection.Reason.ENCODING,
            number,
            shown < to - from || skipped > 0 ? text + "…" : text,
            message));
  }

  private String hex(int from, int length) {
    return "bytes " + java.util.HexFormat.of().formatHex(buffer, from, from + length);
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
