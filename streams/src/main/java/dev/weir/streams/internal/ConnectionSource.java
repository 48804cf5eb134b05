package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Messages from a connection that is this source's own: it is made when the source is opened, and
 * ended when it is closed. It cannot be read again. Position: {@code {"lines":n,"records":n}}.
 */
final class ConnectionSource implements Source {

  private final String name;
  private final Format format;
  private final Opening opening;
  private Connection connection;
  private PipeReader pipe;
  private PipeSource source;
  private boolean ended;

  ConnectionSource(String name, Format format, Opening opening) {
    this.name = name;
    this.format = format;
    this.opening = opening;
  }

  /** How the connection is made. */
  interface Opening {
    Connection open() throws IOException, InterruptedException;
  }

  /** Something that throws what it likes. */
  interface Step {
    void run() throws IOException, InterruptedException;
  }

  /**
   * A connection.
   *
   * @param close ends it, whatever it does
   * @param atEnd is called when everything was read, and may fail if that was not right
   */
  record Connection(InputStream in, Step close, Step atEnd) {}

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) throws Exception {
    connection = opening.open();
    pipe = new PipeReader(name, format, connection::in);
    source = new PipeSource(name, pipe);
    source.open(context, position);
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws IOException, InterruptedException {
    var batch = source.poll(max, patience);
    if (batch.isEmpty() && !ended) {
      ended = true;
      if (pipe.isAtEnd()) {
        connection.atEnd().run();
      }
    }
    return batch;
  }

  @Override
  public Map<String, Object> position() {
    return source.position();
  }

  @Override
  public boolean replayable() {
    return false;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (connection != null) {
      connection.close().run();
    }
  }
}
