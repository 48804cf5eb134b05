import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts the flights of each airport, and says the count now and then. */
class Busy implements Operator {

  private final long every;
  private StateTable counts;

  Busy(Map<String, Object> config) {
    every = (Long) config.get("every");
  }

  @Override
  public void open(OperatorContext context) {
    // Rows by the key that the records are dealt by: each replica has the airports of its records.
    counts =
        context.keyedTable(
            new StateTable.Schema(
                "busy",
                List.of(
                    Column.of("airport", ColumnType.TEXT), Column.of("flights", ColumnType.INTEGER)),
                1,
                List.of()));
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.get(i) instanceof Map<?, ?> flight && flight.get("origin") instanceof String at) {
        var row = counts.get(Row.of(at));
        long n = (row == null ? 0 : row.integer(1)) + 1;
        counts.put(Row.of(at, n));
        if (n % every == 0) {
          var count = new LinkedHashMap<String, Object>();
          count.put("airport", at);
          count.put("flights", n);
          out.emit(0, Batch.of(batch.sequence(i), count));
        }
      }
    }
  }

  @Override
  public void close() {}
}
