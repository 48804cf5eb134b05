package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.state.WeirException;
import dev.weir.streams.OutputClosedException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;

/**
 * Messages into a pipe, a terminal or a device, which take nothing back. Everything that was
 * written has left when {@link #write} returns. Position: {@code {"records":n}}.
 */
final class PipeSink implements Sink {

  private final String name;
  private final Opening opening;
  private final MessageWriter writer;
  private SinkContext context;
  private OutputStream out;
  private boolean broken;

  /**
   * @param name what messages call it
   */
  PipeSink(String name, Format format, Opening opening) {
    this.name = name;
    this.writer = new MessageWriter(name, format);
    this.opening = opening;
  }

  /** How the pipe is opened; may take until someone reads it. */
  interface Opening {
    OutputStream open() throws IOException;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    this.context = context;
    if (committed.isPresent()) {
      writer.goOnAt(Positions.count(committed.get(), "records"));
      context.warn(
          name
              + " takes nothing back: records that were written to it after the last commit are"
              + " written again");
    }
    try {
      out = opening.open();
      var header = writer.header();
      if (header.length > 0) {
        append(header, 0, header.length);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void write(Batch batch) {
    writer.write(batch, context, this::append);
  }

  private void append(byte[] lines, int from, int to) {
    try {
      out.write(lines, from, to - from);
      out.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private WeirException failed(IOException e) {
    broken = true;
    var reason = FileTrouble.reason(e);
    return reason.contains("Broken pipe")
        ? new OutputClosedException(name + " was closed by whoever read it", e)
        : new WeirException(name + " cannot be written: " + reason, e);
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    return Positions.of("records", writer.written());
  }

  @Override
  public Kind kind() {
    return Kind.PLAIN;
  }

  @Override
  public void close() throws IOException {
    if (out == null) {
      return;
    }
    var closing = out;
    out = null;
    try {
      closing.close();
    } catch (IOException e) {
      // What is broken was reported when it broke.
      if (!broken) {
        throw e;
      }
    }
  }
}
