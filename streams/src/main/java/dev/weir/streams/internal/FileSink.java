package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A regular file of JSON Lines, whose lines can be read as soon as they are written; what was not
 * committed is cut off when a run goes on. Position: {@code
 * {"length":bytes,"records":n,"known":fingerprint of them}}.
 */
final class FileSink implements Sink {

  private final Path path;
  private final JsonLineEncoder encoder = new JsonLineEncoder();
  private OutputFile file;
  private long records;

  FileSink(Path path) {
    this.path = path;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    if (committed.isEmpty()) {
      file = OutputFile.open(path);
      file.cut(0);
      return;
    }
    long length = Positions.count(committed.get(), "length");
    file = OutputFile.openCommitted(path, length, length, committed.get().get("known"));
    file.cut(length);
    records = Positions.count(committed.get(), "records");
  }

  @Override
  public void write(Batch batch) {
    encoder.write(batch, path.toString(), file::append);
    records += batch.size();
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    file.sync();
    return Positions.of(
        "length", file.length(), "records", records, "known", file.fingerprint(file.length()));
  }

  @Override
  public Kind kind() {
    return Kind.TRANSACTIONAL;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
