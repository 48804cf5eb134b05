package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code -}: this process's standard input or standard output. */
final class StandardStream extends TransportStream {

  static final Transport TRANSPORT = new OfConsole();

  private final PipeReader input;

  private StandardStream(Descriptor descriptor) {
    super(descriptor);
    this.input = new PipeReader("standard input", descriptor.format(), StandardStream::input);
  }

  private static final class OfConsole implements Transport {
    @Override
    public String name() {
      return "console";
    }

    @Override
    public List<Field> fields() {
      return List.of();
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.WRITE);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      throw new WeirException("'" + scheme + ":" + rest + "': write - for the standard streams");
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new StandardStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return "-";
  }

  @Override
  public String identity() {
    return descriptor.format().isJsonLines() ? "-" : super.identity();
  }

  @Override
  Source newSource() {
    return new PipeSource("standard input", input);
  }

  @Override
  Sink newSink() {
    return new PipeSink("standard output", descriptor.format(), StandardStream::output);
  }

  private static InputStream input() {
    return new FilterInputStream(new FileInputStream(FileDescriptor.in)) {
      @Override
      public void close() {}
    };
  }

  /** Standard output is the process's: a run that ends does not close it. */
  private static OutputStream output() {
    return new FilterOutputStream(new FileOutputStream(FileDescriptor.out)) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() {}
    };
  }
}
