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

/** Ends the job when a record has come on each of its inputs. */
public final class Terminator implements Operator {

  private static final StateTable.Schema REACHED =
      new StateTable.Schema(
          "terminator", List.of(Column.of("port", ColumnType.INTEGER)), 1, List.of());

  private final List<String> inputs;
  private OperatorContext context;
  private StateTable reached;

  /** One with these inputs. */
  public Terminator(List<String> inputs) {
    this.inputs = List.copyOf(inputs);
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
    if (batch.control() == null && reached.size() < inputs.size()) {
      reached.put(Row.of((long) port));
      if (reached.size() == inputs.size()) {
        context.stop();
      }
    }
  }

  @Override
  public void close() {
    // It has nothing to free.
  }
}
