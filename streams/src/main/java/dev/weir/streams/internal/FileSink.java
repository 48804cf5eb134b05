package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A regular file, whose records can be read as soon as they are written; what was not committed is
 * cut off when a run goes on. Position: {@code {"length":bytes,"records":n,"known":fingerprint of
 * them}}.
 */
final class FileSink implements Sink {

  private final Path path;
  private final MessageWriter writer;
  private SinkContext context;
  private OutputFile file;

  FileSink(Path path, Format format) {
    this.path = path;
    this.writer = new MessageWriter(path.toString(), format);
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    this.context = context;
    if (committed.isEmpty()) {
      file = OutputFile.open(path, writer.messageEnd());
      file.cut(0);
      return;
    }
    long length = Positions.count(committed.get(), "length");
    file =
        OutputFile.openCommitted(
            path, writer.messageEnd(), length, length, committed.get().get("known"));
    file.cut(length);
    writer.goOnAt(Positions.count(committed.get(), "records"));
  }

  @Override
  public void write(Batch batch) {
    begin();
    writer.write(batch, context, file::append);
  }

  /** Writes the header, unless it is there. */
  private void begin() {
    if (file.length() == 0) {
      var header = writer.header();
      file.append(header, 0, header.length);
    }
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    begin();
    file.sync();
    return Positions.of(
        "length",
        file.length(),
        "records",
        writer.written(),
        "known",
        file.fingerprint(file.length()));
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
