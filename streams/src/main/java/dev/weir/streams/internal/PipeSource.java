package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Messages from a pipe, a terminal or a device, which cannot be read again. Position: {@code
 * {"lines":n,"records":n}}, for people and for numbering; a source that is opened at one goes on
 * with what it gets.
 */
final class PipeSource implements Source {

  private final String name;
  private final PipeReader pipe;
  private SourceContext context;

  PipeSource(String name, PipeReader pipe) {
    this.name = name;
    this.pipe = pipe;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) {
    this.context = context;
    if (pipe.start() && position.isPresent()) {
      pipe.messages()
          .startAt(
              0,
              Positions.count(position.get(), "lines"),
              Positions.count(position.get(), "records"),
              0);
    }
    if (position.isPresent()) {
      context.warn(
          name
              + " cannot be read again: records that were read of it but not committed before the"
              + " last run stopped may be missing");
    }
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws IOException, InterruptedException {
    pipe.patience(patience);
    return pipe.messages().poll(max, context::reject);
  }

  @Override
  public Map<String, Object> position() {
    return Positions.of("lines", pipe.messages().messages(), "records", pipe.messages().records());
  }

  @Override
  public boolean replayable() {
    return false;
  }

  /** Leaves the pipe to whoever opens it next. */
  @Override
  public void close() {}
}
