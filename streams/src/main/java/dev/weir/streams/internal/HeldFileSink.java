package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A regular file, whose records can be read once they are committed. Each epoch's records are held
 * in a file of their own beside it, and moved over when the epoch is complete: by this run or,
 * after a crash, by the next one. So nothing happens to the file before the first commit, and what
 * was in it can be kept.
 *
 * <p>Position: {@code {"length":bytes,"records":n,"from":bytes,"known":fingerprint,"held":n}}: the
 * lines from {@code from} to {@code length} are those of the held file {@code n}, or were already
 * moved over if that is gone; {@code known} is of what is before {@code from}. Without lines,
 * {@code held} is left out.
 *
 * <p>Invariant: {@code published} is where the lines of the last complete epoch end.
 */
final class HeldFileSink implements Sink {

  private final Path path;
  private final boolean append;
  private final MessageWriter writer;
  private SinkContext context;

  private OutputFile file;
  private long published;

  private long number = 1;
  private OutputFile held;

  private long flushed;
  private boolean awaitsCommit;

  /**
   * @param append whether a fresh run keeps what is in the file
   */
  HeldFileSink(Path path, Format format, boolean append) {
    this.path = path;
    this.writer = new MessageWriter(path.toString(), format);
    this.append = append;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed)
      throws IOException {
    this.context = context;
    if (committed.isEmpty()) {
      file = OutputFile.open(path, writer.messageEnd());
      published = append ? file.length() : 0;
      checkHeader();
    } else {
      goOn(committed.get());
    }
    deleteHeldFiles();
  }

  /** What is added to a file must go on as the file begins. */
  private void checkHeader() throws IOException {
    var header = writer.header();
    if (published == 0 || header.length == 0) {
      return;
    }
    try (var in = Files.newInputStream(path)) {
      if (!Arrays.equals(in.readNBytes(header.length), header)) {
        throw new WeirException(
            path
                + " has another header than these records, so they cannot be added to it. Name"
                + " another file, or leave out --append");
      }
    }
  }

  private void goOn(Map<String, Object> committed) throws IOException {
    long length = Positions.count(committed, "length");
    long from = committed.containsKey("held") ? Positions.count(committed, "from") : length;
    file = OutputFile.openCommitted(path, writer.messageEnd(), from, from, committed.get("known"));
    if (from < length) {
      long heldNumber = Positions.count(committed, "held");
      var heldPath = heldPath(heldNumber);
      if (Files.exists(heldPath)) {
        if (Files.size(heldPath) != length - from) {
          throw FileTrouble.changed(
              heldPath,
              "has "
                  + Files.size(heldPath)
                  + " bytes, but the last commit has "
                  + (length - from)
                  + " bytes of output in it");
        }
        publish(heldPath, from);
      } else if (file.length() < length) {
        throw FileTrouble.changed(
            path,
            "has "
                + file.length()
                + " bytes, but the last commit has "
                + length
                + " bytes of output in it: it was replaced or cut, or "
                + heldPath
                + " was removed");
      }
      number = heldNumber + 1;
    }
    // Nothing of ours is behind a complete epoch, so in a file shared with others nothing is cut.
    if (!append) {
      file.cut(length);
    }
    published = file.length();
    writer.goOnAt(Positions.count(committed, "records"));
  }

  private Path heldPath(long number) {
    return path.resolveSibling(heldPrefix() + number);
  }

  private String heldPrefix() {
    return "." + path.getFileName() + ".weir-held-";
  }

  private void deleteHeldFiles() throws IOException {
    var folder = path.toAbsolutePath().getParent();
    try (var left =
        Files.newDirectoryStream(
            folder, p -> p.getFileName().toString().startsWith(heldPrefix()))) {
      for (var each : left) {
        Files.deleteIfExists(each);
      }
    }
  }

  @Override
  public void write(Batch batch) {
    if (batch.isEmpty()) {
      return;
    }
    if (held == null) {
      hold();
    }
    writer.write(batch, context, held::append);
  }

  /** Opens a held file, and makes sure that what is put behind the file's contents fits there. */
  private void hold() {
    held = OutputFile.open(heldPath(number), writer.messageEnd());
    if (published == 0 && !awaitsCommit) {
      var header = writer.header();
      held.append(header, 0, header.length);
    } else if (append && !awaitsCommit && !file.endsMessage()) {
      held.append(new byte[] {(byte) writer.messageEnd()}, 0, 1);
    }
  }

  @Override
  public Map<String, Object> flush(long epoch) throws IOException {
    if (awaitsCommit) {
      throw new IllegalStateException("flush of epoch " + epoch + " before the last is complete");
    }
    if (held == null) {
      return Positions.of(
          "length", published, "records", writer.written(), "known", file.fingerprint(published));
    }
    held.sync();
    held.close();
    flushed = number++;
    awaitsCommit = true;
    var position =
        Positions.of(
            "length",
            published + held.length(),
            "records",
            writer.written(),
            "from",
            published,
            "known",
            file.fingerprint(published),
            "held",
            flushed);
    held = null;
    return position;
  }

  @Override
  public void complete(long epoch) throws IOException {
    if (awaitsCommit) {
      publish(heldPath(flushed), published);
      published = file.length();
      awaitsCommit = false;
    } else if (!append && file.length() > published) {
      // What an earlier run left goes with the first commit, even one without lines.
      file.cut(published);
      file.sync();
    }
  }

  /** Moves the lines of a held file over; does the same again when it was cut off. */
  private void publish(Path heldPath, long from) throws IOException {
    file.cut(from);
    file.appendAll(heldPath);
    file.sync();
    Files.delete(heldPath);
  }

  @Override
  public Kind kind() {
    return Kind.TRANSACTIONAL;
  }

  /** Leaves what was flushed for the next run, which knows whether it was committed. */
  @Override
  public void close() throws IOException {
    try {
      if (held != null) {
        held.close();
        Files.deleteIfExists(heldPath(number));
      }
    } finally {
      if (file != null) {
        file.close();
      }
    }
  }
}
