package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Supplier;

/** {@code -}: this process's standard input or standard output. */
final class StandardStream implements StreamSpec {

  private final PipeReader input = new PipeReader("standard input", StandardStream::input);

  @Override
  public String describe() {
    return "-";
  }

  @Override
  public String identity() {
    return "-";
  }

  @Override
  public Supplier<Source> source() {
    return () -> new PipeSource("standard input", input);
  }

  @Override
  public boolean replayable() {
    return false;
  }

  @Override
  public Supplier<Sink> sink() {
    return () -> new PipeSink("standard output", StandardStream::output);
  }

  @Override
  public Sink.Kind kind() {
    return Sink.Kind.PLAIN;
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
