package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A regular file of JSON Lines. Position: {@code {"offset":bytes,"lines":n,"records":n,"known":
 * fingerprint of the bytes before offset}}.
 */
final class FileSource implements Source {

  private final Path path;
  private SourceContext context;
  private RandomAccessFile file;
  private Fingerprint fingerprint;
  private MessageReader reader;

  FileSource(Path path) {
    this.path = path;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) {
    this.context = context;
    FileTrouble.checkReadable(path);
    try {
      // Not a channel: an interrupt would close it.
      file = new RandomAccessFile(path.toFile(), "r");
      fingerprint = new Fingerprint(file);
      reader = new MessageReader((buffer, from, length, wait) -> file.read(buffer, from, length));
      if (position.isPresent()) {
        goOnAt(position.get());
      }
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  private void goOnAt(Map<String, Object> position) throws IOException {
    long offset = Positions.count(position, "offset");
    long size = file.length();
    if (size < offset) {
      throw FileTrouble.changed(
          path,
          "has "
              + size
              + " bytes, but "
              + offset
              + " were already read of it: it was replaced or cut");
    }
    if (!fingerprint.of(offset).equals(position.get("known"))) {
      throw FileTrouble.changed(
          path, "is not the file that was read: its first " + offset + " bytes have changed");
    }
    if (offset > 0 && offset < size && !endsLine(offset)) {
      throw FileTrouble.changed(
          path,
          "has grown: line "
              + Positions.count(position, "lines")
              + " was its last and was read, and now it goes on behind byte "
              + offset);
    }
    file.seek(offset);
    reader.startAt(
        offset, Positions.count(position, "lines"), Positions.count(position, "records"));
  }

  private boolean endsLine(long offset) throws IOException {
    file.seek(offset - 1);
    return file.read() == '\n';
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
    try {
      return reader.poll(max, context::reject);
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  @Override
  public Map<String, Object> position() {
    try {
      return Positions.of(
          "offset", reader.offset(),
          "lines", reader.lines(),
          "records", reader.records(),
          "known", fingerprint.of(reader.offset()));
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
    if (file != null) {
      file.close();
    }
  }
}
