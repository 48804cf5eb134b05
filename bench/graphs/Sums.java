import dev.weir.graph.*;
import dev.weir.state.*;
import java.util.List;
import java.util.Map;

/** A running sum for each key, which follows from the number: see {@code keys}. */
class Sums implements Operator {
  private final long keys;
  private final boolean inTurn;
  private final boolean random;
  private StateTable sums;

  Sums(Map<String, Object> config) {
    keys = (Long) config.get("keys");
    inTurn = config.get("order").equals("turn");
    random = config.get("order").equals("random");
  }

  @Override
  public Ports ports() {
    return Ports.USUAL.typed("in", "long").typed("out", "long");
  }

  @Override
  public void open(OperatorContext context) {
    sums =
        context.keyedTable(
            new StateTable.Schema(
                "sums",
                List.of(Column.of("key", ColumnType.INTEGER), Column.of("total", ColumnType.INTEGER)),
                1,
                List.of()));
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    var results = new Object[batch.size()];
    for (int i = 0; i < results.length; i++) {
      long number = (Long) batch.get(i);
      var key = Row.of(key(number));
      var row = sums.get(key);
      long total = (row == null ? 0 : row.integer(1)) + number;
      sums.put(Row.of(key.get(0), total));
      results[i] = total;
    }
    out.emit(0, Batch.of(batch.sequence(0), results));
  }

  /** In turn, at random, or each key forty times and then the next. */
  private long key(long number) {
    if (inTurn) {
      return number % keys;
    }
    return Math.floorMod(random ? number * 0x9E3779B97F4A7C15L >> 16 : number / 40, keys);
  }

  @Override
  public void close() {}
}
