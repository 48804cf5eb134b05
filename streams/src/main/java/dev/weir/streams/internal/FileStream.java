package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A path: a regular file, or a named pipe or device, which is told apart each time it is asked
 * about, since it may not be there yet.
 */
final class FileStream implements StreamSpec {

  private static final List<Path> DESCRIPTORS =
      Stream.of("/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc")
          .map(Path::of)
          .toList();

  private enum Mode {
    REPLACE,
    REPLACE_WHEN_COMMITTED,
    APPEND
  }

  private final Path path;
  private final Mode mode;
  private final PipeReader input;

  FileStream(Path path) {
    this(path, Mode.REPLACE);
  }

  private FileStream(Path path, Mode mode) {
    this.path = path;
    this.mode = mode;
    this.input = new PipeReader(path.toString(), () -> Files.newInputStream(path));
  }

  Path path() {
    return path;
  }

  @Override
  public String describe() {
    return "file " + path;
  }

  @Override
  public String identity() {
    var file = "file:" + path.toAbsolutePath().normalize();
    return switch (mode) {
      case REPLACE -> file;
      case REPLACE_WHEN_COMMITTED -> file + " (visible when committed)";
      case APPEND -> file + " (appended)";
    };
  }

  @Override
  public Supplier<Source> source() {
    return () -> isPipe() ? pipeSource() : new FileSource(path);
  }

  private Source pipeSource() {
    return new PipeSource(path.toString(), input);
  }

  @Override
  public boolean replayable() {
    return !isPipe();
  }

  @Override
  public Supplier<Sink> sink() {
    return () ->
        isPipe()
            ? new PipeSink(path.toString(), this::openPipe)
            : switch (mode) {
              case REPLACE -> new FileSink(path);
              case REPLACE_WHEN_COMMITTED -> new HeldFileSink(path, false);
              case APPEND -> new HeldFileSink(path, true);
            };
  }

  private OutputStream openPipe() throws IOException {
    return Files.newOutputStream(path, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  @Override
  public Sink.Kind kind() {
    return isPipe() ? Sink.Kind.PLAIN : Sink.Kind.TRANSACTIONAL;
  }

  @Override
  public StreamSpec visibleWhenCommitted() {
    return mode == Mode.REPLACE ? new FileStream(path, Mode.REPLACE_WHEN_COMMITTED) : this;
  }

  @Override
  public StreamSpec appending() {
    return new FileStream(path, Mode.APPEND);
  }

  /** A pipe, a socket or a device; and an open descriptor, which is not ours to cut. */
  private boolean isPipe() {
    var absolute = path.toAbsolutePath().normalize();
    return DESCRIPTORS.stream().anyMatch(absolute::startsWith)
        || (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path));
  }
}
