package dev.weir.app.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Ports;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.List;
import java.util.Map;

/**
 * Ends the job when a record has come on each of its inputs; or, on request, the last one of a
 * batch, which a message's header tells.
 */
public final class Terminator implements Operator {

  private static final String BATCH = "com.sap.headers.batch";

  private static final StateTable.Schema REACHED =
      new StateTable.Schema(
          "terminator", List.of(Column.of("port", ColumnType.INTEGER)), 1, List.of());

  private final List<String> inputs;
  private final boolean onLastBatch;
  private OperatorContext context;
  private StateTable reached;

  /**
   * One with these inputs.
   *
   * @param onLastBatch whether a message of a batch that is not its last one is none of those that
   *     count; what has no header of a batch counts
   */
  public Terminator(List<String> inputs, boolean onLastBatch) {
    this.inputs = List.copyOf(inputs);
    this.onLastBatch = onLastBatch;
  }

  @Override
  public Ports ports() {
    return Ports.in(inputs.toArray(String[]::new));
  }

  @Override
  public void open(OperatorContext context) {
    this.context = context;
    this.reached = context.table(REACHED);
  }

  @Override
  public void process(int port, Batch batch, Emitter out) {
    if (batch.control() == null
        && reached.size() < inputs.size()
        && (!onLastBatch || batch.records().stream().anyMatch(Terminator::ends))) {
      reached.put(Row.of((long) port));
      if (reached.size() == inputs.size()) {
        context.stop();
      }
    }
  }

  /** Whether a record is the last one of a batch, or of none. */
  private static boolean ends(Object json) {
    return !(json instanceof Map<?, ?> object
            && object.get("$message") instanceof Map<?, ?> message
            && message.get("header") instanceof Map<?, ?> header
            && header.get(BATCH) instanceof List<?> batch)
        || (batch.size() > 1 && Boolean.TRUE.equals(batch.get(1)));
  }

  @Override
  public void close() {
    // It has nothing to free.
  }
}
