package dev.weir.streams.internal;

import dev.weir.graph.Json;
import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A path: a regular file, or a named pipe or device, which is told apart each time it is asked
 * about, since it may not be there yet.
 */
public final class FileStream extends TransportStream {

  static final Transport TRANSPORT = new OfFiles();

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

  private FileStream(Descriptor descriptor, Mode mode) {
    super(descriptor);
    this.path = Path.of(descriptor.settings().text("path"));
    this.mode = mode;
    this.input =
        new PipeReader(path.toString(), descriptor.format(), () -> Files.newInputStream(path));
  }

  private static final class OfFiles implements Transport {
    @Override
    public String name() {
      return "file";
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.required("path", Field.Type.TEXT));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.WRITE, Ability.SEEK);
    }

    /** {@code file:///a}, {@code file://localhost/a}, {@code file:/a} and {@code file:a}. */
    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var path =
          rest.startsWith("//localhost/")
              ? rest.substring("//localhost".length())
              : rest.startsWith("///") ? rest.substring(2) : rest;
      return Map.of("transport", Map.of("type", "file", "path", Urls.decoded(path)));
    }

    @Override
    public void check(Descriptor descriptor) {
      var path = descriptor.settings().text("path");
      try {
        if (Path.of(path).toString().isEmpty()) {
          throw new WeirException("the stream names no file");
        }
      } catch (InvalidPathException e) {
        throw new WeirException("'" + path + "' is no path: " + e.getReason(), e);
      }
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new FileStream(descriptor, Mode.REPLACE);
    }
  }

  /** Whether two streams are one file. */
  public static boolean same(StreamSpec a, StreamSpec b) {
    if (a instanceof FileStream one && b instanceof FileStream other) {
      try {
        return one.absolute().equals(other.absolute()) || Files.isSameFile(one.path, other.path);
      } catch (IOException e) {
        return false;
      }
    }
    return false;
  }

  private Path absolute() {
    return path.toAbsolutePath().normalize();
  }

  @Override
  public String describe() {
    return "file " + path;
  }

  @Override
  public Optional<Path> file() {
    return isPipe() ? Optional.empty() : Optional.of(path);
  }

  @Override
  public String identity() {
    var file = "file:" + absolute();
    if (!isUsual()) {
      var json = descriptor.toJson();
      json.remove("transport");
      json.remove("description");
      file += " " + Json.toText(json);
    }
    return switch (mode) {
      case REPLACE -> file;
      case REPLACE_WHEN_COMMITTED -> file + " (visible when committed)";
      case APPEND -> file + " (appended)";
    };
  }

  /** Whether the path says it all. */
  private boolean isUsual() {
    return descriptor.format().isJsonLines()
        && !descriptor.loop()
        && descriptor.skipTo() == null
        && descriptor.batching().equals(Batching.NORMAL)
        && descriptor.inherits();
  }

  @Override
  TransportStream with(Descriptor changed) {
    return new FileStream(changed, mode);
  }

  @Override
  Source newSource() {
    return isPipe() ? new PipeSource(path.toString(), input) : ByteSource.ofFile(path, descriptor);
  }

  @Override
  boolean canReplay() {
    return !isPipe();
  }

  @Override
  Sink newSink() {
    var format = descriptor.format();
    return isPipe()
        ? new PipeSink(path.toString(), format, this::openPipe)
        : switch (mode) {
          case REPLACE -> new FileSink(path, format);
          case REPLACE_WHEN_COMMITTED -> new HeldFileSink(path, format, false);
          case APPEND -> new HeldFileSink(path, format, true);
        };
  }

  private OutputStream openPipe() throws IOException {
    return Files.newOutputStream(path, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  @Override
  Sink.Kind sinkKind() {
    return isPipe() ? Sink.Kind.PLAIN : Sink.Kind.TRANSACTIONAL;
  }

  @Override
  public StreamSpec visibleWhenCommitted() {
    return mode == Mode.REPLACE ? new FileStream(descriptor, Mode.REPLACE_WHEN_COMMITTED) : this;
  }

  @Override
  public StreamSpec appending() {
    return new FileStream(descriptor, Mode.APPEND);
  }

  /** A pipe, a socket or a device; and an open descriptor, which is not ours to cut. */
  private boolean isPipe() {
    var absolute = absolute();
    return DESCRIPTORS.stream().anyMatch(absolute::startsWith)
        || (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path));
  }
}
