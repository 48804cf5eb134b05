package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Rejection;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * JSON values separated by commas, such as {@code 1,[2,3],"a,b"}. Commas within brackets, braces
 * and strings separate nothing. A piece that is not a value is rejected. Position: {@code
 * {"pieces":n}}.
 */
final class InlineSource implements Source {

  private final List<String> pieces;
  private final JsonLineDecoder decoder = new JsonLineDecoder();
  private SourceContext context;
  private int next;

  InlineSource(String text) {
    this.pieces = split(text);
  }

  static List<String> split(String text) {
    var pieces = new ArrayList<String>();
    if (text.isBlank()) {
      return pieces;
    }
    int depth = 0;
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth = Math.max(0, depth - 1);
      } else if (c == ',' && depth == 0) {
        pieces.add(text.substring(from, i));
        from = i + 1;
      }
    }
    pieces.add(text.substring(from));
    return pieces;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) {
    this.context = context;
    if (position.isPresent()) {
      long start = Positions.count(position.get(), "pieces");
      if (start > pieces.size()) {
        throw new WeirException(
            "the inline stream has "
                + pieces.size()
                + " values, but "
                + start
                + " were already read of it. Run with the stream of the last run, or start over"
                + " with --fresh");
      }
      next = (int) start;
    }
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) {
    if (next == pieces.size()) {
      return Optional.empty();
    }
    var values = new Object[Math.min(max, pieces.size() - next)];
    var numbers = new long[values.length];
    int size = 0;
    while (size < values.length && next < pieces.size()) {
      var piece = pieces.get(next++);
      // A line feed is white space to JSON, and this is not a line.
      var text = piece.strip().getBytes(StandardCharsets.UTF_8);
      try {
        if (text.length == 0) {
          throw new BadMessageException("not JSON: there is nothing between two commas");
        }
        values[size] = decoder.decode(text, 0, text.length);
        numbers[size++] = next;
      } catch (BadMessageException e) {
        context.reject(new Rejection(Rejection.Reason.ENCODING, next, piece, e.getMessage()));
      }
    }
    if (size == 0 && next == pieces.size()) {
      return Optional.empty();
    }
    return Optional.of(Batch.of(Arrays.copyOf(values, size), Arrays.copyOf(numbers, size)));
  }

  @Override
  public Map<String, Object> position() {
    return Positions.of("pieces", (long) next);
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public void close() {}
}
