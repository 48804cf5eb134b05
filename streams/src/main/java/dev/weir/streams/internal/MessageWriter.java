package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Encodes records and puts them into the envelope. JSON Lines go a way of their own, which is fast.
 * Not thread-safe.
 */
final class MessageWriter {

  private static final int PIECE = 1 << 16;
  private static final int SHOWN = 100;

  private final String name;
  private final Format format;
  private final Encoding encoding;
  private final JsonLineEncoder jsonLines;
  private final byte[] separator;
  private final Bytes bytes = new Bytes();
  private long written;

  /**
   * @param name what messages call the stream
   */
  MessageWriter(String name, Format format) {
    this.name = name;
    this.format = format;
    this.jsonLines = format.isJsonLines() ? new JsonLineEncoder() : null;
    this.encoding = jsonLines != null ? null : format.encoding();
    this.separator = separator(format.envelope());
  }

  /** Where encoded messages go: the bytes from {@code from} to {@code to}, whole messages. */
  interface Pieces {
    void append(byte[] messages, int from, int to);
  }

  private static byte[] separator(Envelope envelope) {
    return envelope instanceof Envelope.Delimited d
        ? d.separator().getBytes(StandardCharsets.UTF_8)
        : envelope instanceof Envelope.DelimitedCsv d
            ? d.separator().getBytes(StandardCharsets.UTF_8)
            : new byte[0];
  }

  /** The byte that ends every message; -1 where there is no such byte. */
  int messageEnd() {
    return separator.length == 1 ? separator[0] & 0xff : -1;
  }

  /** What stands behind every message; nothing where that is nothing. */
  byte[] separator() {
    return separator.clone();
  }

  /** What the stream begins with; nothing where it has no header. */
  byte[] header() {
    if (!format.hasHeader()) {
      return new byte[0];
    }
    var header = new Bytes();
    encoding.writeHeader(header);
    if (header.size() > 0) {
      header.write(separator);
    }
    return header.copy();
  }

  /** How many records were written; those that were rejected and control records are not. */
  long written() {
    return written;
  }

  /** How many records were written before this writer. */
  void goOnAt(long written) {
    this.written = written;
  }

  /**
   * Encodes a batch and passes it on, in one piece or several. Afterwards nothing is held back. A
   * record that the encoding cannot write is rejected.
   */
  void write(Batch batch, SinkContext context, Pieces to) {
    if (jsonLines != null) {
      jsonLines.write(batch, name, to::append);
      written += batch.control() == null ? batch.size() : 0;
      return;
    }
    bytes.cut(0);
    for (int i = 0; i < batch.size(); i++) {
      int before = bytes.size();
      try {
        message(batch.get(i));
        written += batch.control() == null ? 1 : 0;
      } catch (BadMessageException e) {
        bytes.cut(before);
        context.reject(
            new Rejection(
                Rejection.Reason.ENCODING,
                batch.sequence(i),
                shown(batch.get(i)),
                "cannot be written to " + name + ": " + e.getMessage()));
      }
      if (encoding instanceof OcfEncoding ocf && ocf.gathered() >= PIECE) {
        ocf.writeBlock(bytes);
      }
      if (bytes.size() >= PIECE) {
        pass(to);
      }
    }
    if (encoding instanceof OcfEncoding ocf) {
      ocf.writeBlock(bytes);
    }
    pass(to);
  }

  private static String shown(Object record) {
    var text = record instanceof dev.weir.graph.Control ? record.toString() : Json.toText(record);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private void pass(Pieces to) {
    if (bytes.size() > 0) {
      to.append(bytes.array(), 0, bytes.size());
      bytes.cut(0);
    }
  }

  private void message(Object record) throws BadMessageException {
    int from = bytes.size();
    if (!encoding.encode(record, bytes)) {
      return;
    }
    if (format.envelope() instanceof Envelope.Fixed fixed) {
      fill(from, fixed.size());
    } else if (format.envelope() instanceof Envelope.Delimited && holdsSeparator(from)) {
      throw new BadMessageException("it holds the separator, so it would be read as two");
    }
    bytes.write(separator);
  }

  /** Bytes and text that are too long are cut, as FastScore does; anything else would be spoilt. */
  private void fill(int from, int size) throws BadMessageException {
    int length = bytes.size() - from;
    if (length > size && format.name() != Format.Name.RAW && format.name() != Format.Name.UTF_8) {
      throw new BadMessageException(
          "it has " + length + " bytes, and the envelope's size is " + size);
    }
    if (length > size) {
      bytes.cut(from + size);
    } else {
      bytes.write(new byte[size - length]);
    }
  }

  private boolean holdsSeparator(int from) {
    if (format.name() == Format.Name.JSON && separator.length == 1 && separator[0] == '\n') {
      return false;
    }
    var array = bytes.array();
    for (int i = from; i + separator.length <= bytes.size(); i++) {
      if (Arrays.equals(array, i, i + separator.length, separator, 0, separator.length)) {
        return true;
      }
    }
    return false;
  }
}
