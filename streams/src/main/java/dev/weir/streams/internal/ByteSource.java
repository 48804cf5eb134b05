package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A regular file, or bytes in memory. Position: {@code {"offset":bytes,"lines":n,"records":n,
 * "known":fingerprint of the bytes before offset}}, where lines are messages; {@code "taken"} is
 * how many records of the block at offset were taken. A stream that loops counts on.
 */
final class ByteSource implements Source {

  private final Path path;
  private final Opening opening;
  private final Format format;
  private final boolean loop;
  private final long begin;
  private SourceContext context;
  private Medium medium;
  private MessageReader reader;
  private long recordsAtRoundStart;

  /**
   * @param path what messages call it
   */
  ByteSource(Path path, Opening opening, Descriptor descriptor) {
    this.path = path;
    this.opening = opening;
    this.format = descriptor.format();
    this.loop = descriptor.loop();
    this.begin = descriptor.skipTo() == null ? 0 : descriptor.skipTo();
  }

  /** How the bytes are opened. */
  interface Opening {
    Medium open() throws IOException;
  }

  /** A source of a regular file. */
  static ByteSource ofFile(Path path, Descriptor descriptor) {
    return new ByteSource(
        path,
        () -> {
          FileTrouble.checkReadable(path);
          return new Medium.OfFile(path);
        },
        descriptor);
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position)
      throws InterruptedException {
    this.context = context;
    try {
      medium = opening.open();
      reader =
          new MessageReader(
              path.toString(),
              format,
              (buffer, from, length, wait) -> medium.read(buffer, from, length));
      if (begin > medium.length()) {
        throw new WeirException(
            path
                + " has "
                + medium.length()
                + " bytes, so there is nothing behind skip-to "
                + begin);
      }
      if (position.isPresent()) {
        goOnAt(position.get());
      } else {
        medium.seek(begin);
        reader.startAt(begin, 0, 0, 0);
      }
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  private void goOnAt(Map<String, Object> position) throws IOException, InterruptedException {
    long offset = Positions.count(position, "offset");
    long size = medium.length();
    if (size < offset) {
      throw FileTrouble.changed(
          path,
          "has "
              + size
              + " bytes, but "
              + offset
              + " were already read of it: it was replaced or cut");
    }
    if (!medium.fingerprint(offset).equals(position.get("known"))) {
      throw FileTrouble.changed(
          path, "is not the file that was read: its first " + offset + " bytes have changed");
    }
    if (offset > begin && offset < size && !endsMessage(offset)) {
      throw FileTrouble.changed(
          path,
          "has grown: line "
              + Positions.count(position, "lines")
              + " was its last and was read, and now it goes on behind byte "
              + offset);
    }
    if (offset > begin) {
      medium.seek(begin);
      reader.readHeader();
    }
    medium.seek(offset);
    reader.startAt(
        offset,
        Positions.count(position, "lines"),
        Positions.count(position, "records"),
        position.containsKey("taken") ? Positions.count(position, "taken") : 0);
    // Of this round, records may have been given before.
    recordsAtRoundStart = -1;
  }

  /** Whether a separator is before the offset, where there are separators. */
  private boolean endsMessage(long offset) throws IOException {
    var separator =
        format.envelope() instanceof Envelope.Delimited d
            ? d.separator()
            : format.envelope() instanceof Envelope.DelimitedCsv rows
                ? rows.endsLines() ? "\n" : rows.separator()
                : "";
    var bytes = separator.getBytes(StandardCharsets.UTF_8);
    if (offset < bytes.length) {
      return false;
    }
    medium.seek(offset - bytes.length);
    for (var each : bytes) {
      if (medium.read() != (each & 0xff)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
    try {
      var batch = reader.poll(max, context::reject);
      if (batch.isPresent() || !loop) {
        return batch;
      }
      if (reader.records() == recordsAtRoundStart) {
        // A round without records would be followed by another at once.
        Thread.sleep(patience.toMillis());
      }
      medium.seek(begin);
      reader.startAgain(begin);
      recordsAtRoundStart = reader.records();
      return Optional.of(Batch.of(1));
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  @Override
  public Map<String, Object> position() {
    try {
      var position =
          Positions.of(
              "offset", reader.offset(),
              "lines", reader.messages(),
              "records", reader.records(),
              "known", medium.fingerprint(reader.offset()));
      if (reader.taken() > 0) {
        position.put("taken", reader.taken());
      }
      return position;
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public void close() throws IOException {
    if (medium != null) {
      medium.close();
    }
  }
}
