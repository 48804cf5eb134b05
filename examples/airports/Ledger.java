import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.List;
import java.util.Map;

/** Keeps the minutes of each airport, and hands its entries on. */
class Ledger implements Operator {
  private StateTable minutes;

  @Override
  public void open(OperatorContext context) {
    minutes =
        context.keyedTable(
            new StateTable.Schema(
                "ledger",
                List.of(
                    Column.of("airport", ColumnType.TEXT), Column.of("minutes", ColumnType.INTEGER)),
                1,
                List.of()));
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    for (int i = 0; i < batch.size(); i++) {
      var entry = (Map<?, ?>) batch.get(i);
      var airport = entry.get("airport");
      var row = minutes.get(Row.of(airport));
      minutes.put(Row.of(airport, (row == null ? 0 : row.integer(1)) + (Long) entry.get("minutes")));
    }
    if (batch.size() > 0) {
      out.emit(0, batch);
    }
  }

  @Override
  public void close() {}
}
