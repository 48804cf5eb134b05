package peers;

import java.nio.file.Path;
import java.util.HashMap;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.legacy.RichSinkFunction;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * The total of each basket as a query of Flink SQL on its embedded cluster, with an exactly-once
 * checkpoint every second.
 *
 * <p>{@code FlinkReceipts COUNT FOLDER} prints the sum of all totals.
 */
public final class FlinkReceipts {

  private static final int PRODUCTS = 1_000;

  private static volatile double sum;

  public static void main(String[] args) throws Exception {
    long count = Long.parseLong(args[0]);
    var settings = new Configuration();
    settings.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        Path.of(args[1]).toAbsolutePath().toUri().toString());
    settings.set(RestOptions.BIND_PORT, "0");
    var flink = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    flink.enableCheckpointing(1000, CheckpointingMode.EXACTLY_ONCE);
    flink.getConfig().enableObjectReuse();
    var tables = StreamTableEnvironment.create(flink);
    var product = Types.ROW_NAMED(new String[] {"name", "price"}, Types.STRING, Types.DOUBLE);
    var item =
        Types.ROW_NAMED(
            new String[] {"basket", "product", "qty"}, Types.LONG, Types.STRING, Types.INT);
    DataStream<Row> products =
        flink.fromSource(
            new DataGeneratorSource<Row>(
                i -> Row.of("product " + i, 1.0 + i % 97), PRODUCTS, product),
            WatermarkStrategy.noWatermarks(),
            "products");
    DataStream<Row> items =
        flink.fromSource(
            new DataGeneratorSource<Row>(
                i ->
                    Row.of(
                        i / 5,
                        "product " + Math.floorMod(i * 2654435761L, PRODUCTS),
                        (int) (1 + i % 7)),
                count,
                item),
            WatermarkStrategy.noWatermarks(),
            "items");
    tables.createTemporaryView("product", tables.fromDataStream(products));
    tables.createTemporaryView("item", tables.fromDataStream(items));
    var receipts =
        tables.sqlQuery(
            "select i.basket, sum(p.price * i.qty) as total from item i join product p"
                + " on p.name = i.product group by i.basket");
    tables.toChangelogStream(receipts).addSink(new Totals());
    flink.execute("receipts");
    System.out.println(sum);
  }

  /** Applies the changes of totals. */
  private static final class Totals extends RichSinkFunction<Row> {
    private final HashMap<Long, Double> totals = new HashMap<>();

    @Override
    public void invoke(Row change, Context context) {
      Long basket = (Long) change.getField(0);
      if (change.getKind() == RowKind.INSERT || change.getKind() == RowKind.UPDATE_AFTER) {
        totals.put(basket, (Double) change.getField(1));
      } else if (change.getKind() == RowKind.DELETE) {
        totals.remove(basket);
      }
    }

    @Override
    public void close() {
      sum = totals.values().stream().mapToDouble(total -> total).sum();
    }
  }
}
