package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A regular file of JSON Lines, whose lines can be read once they are committed. Each epoch's lines
 * are held in a file of their own beside it, and moved over when the epoch is complete: by this run
 * or, after a crash, by the next one. So nothing happens to the file before the first commit, and
 * what was in it can be kept.
 *
 * <p>Position: {@code {"length":bytes,"records":n,"from":bytes,"known":fingerprint,"held":n}}: the
 * lines from {@code from} to {@code length} are those of the held file {@code n}, or were already
 * moved over if that is gone; {@code known} is of what is before {@code from}. Without lines,
 * {@code held} is left out.
 *
 * <p>Invariant: {@code published} is where the lines of the last complete epoch end.
 */
final class HeldFileSink implements Sink {

  private static final byte[] LINE_FEED = {'\n'};

  private final Path path;
  private final boolean append;
  private final JsonLineEncoder encoder = new JsonLineEncoder();

  private OutputFile file;
  private long published;
  private long records;

  private long number = 1;
  private OutputFile held;

  private long flushed;
  private boolean awaitsCommit;

  /**
   * @param append whether a fresh run keeps what is in the file
   */
  HeldFileSink(Path path, boolean append) {
    this.path = path;
    this.append = append;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed)
      throws IOException {
    if (committed.isEmpty()) {
      file = OutputFile.open(path);
      published = append ? file.length() : 0;
    } else {
      goOn(committed.get());
    }
    deleteHeldFiles();
  }

  private void goOn(Map<String, Object> committed) throws IOException {
    long length = Positions.count(committed, "length");
    long from = committed.containsKey("held") ? Positions.count(committed, "from") : length;
    file = OutputFile.openCommitted(path, from, from, committed.get("known"));
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
    records = Positions.count(committed, "records");
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
      held = OutputFile.open(heldPath(number));
      if (append && !awaitsCommit && !file.endsWithLineFeed()) {
        held.append(LINE_FEED, 0, 1);
      }
    }
    encoder.write(batch, path.toString(), held::append);
    records += batch.size();
  }

  @Override
  public Map<String, Object> flush(long epoch) throws IOException {
    if (awaitsCommit) {
      throw new IllegalStateException("flush of epoch " + epoch + " before the last is complete");
    }
    if (held == null) {
      return Positions.of(
          "length", published, "records", records, "known", file.fingerprint(published));
    }
    held.sync();
    held.close();
    flushed = number++;
    awaitsCommit = true;
    var position =
        Positions.of(
            "length", published + held.length(),
            "records", records,
            "from", published,
            "known", file.fingerprint(published),
            "held", flushed);
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
