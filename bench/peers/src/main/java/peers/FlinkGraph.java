package peers;

import java.nio.file.Path;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.legacy.RichSinkFunction;

/**
 * A running sum for each key, or three operators that hand on, in Apache Flink, embedded, with an
 * exactly-once checkpoint every second.
 *
 * <p>{@code FlinkGraph sums COUNT FOLDER KEYS turn|random|runs hashmap|rocksdb [CHECKPOINT]} and
 * {@code FlinkGraph pass COUNT FOLDER} print {@code first} when the first record has come to the
 * sink, and at the end the sum of all records there and the seconds from the first to the last.
 */
public final class FlinkGraph {

  private static volatile String said;

  public static void main(String[] args) throws Exception {
    boolean sums = args[0].equals("sums");
    long count = Long.parseLong(args[1]);
    var settings = new Configuration();
    settings.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        Path.of(args[2]).toAbsolutePath().toUri().toString());
    settings.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    settings.set(RestOptions.BIND_PORT, "0");
    if (sums) {
      settings.set(StateBackendOptions.STATE_BACKEND, args[5]);
      settings.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, args[5].equals("rocksdb"));
    }
    if (args.length > 6) {
      settings.set(StateRecoveryOptions.SAVEPOINT_PATH, args[6]);
    }
    var flink = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    flink.enableCheckpointing(1000, CheckpointingMode.EXACTLY_ONCE);
    flink.getConfig().enableObjectReuse();
    DataStream<Long> numbers =
        flink
            .fromSource(
                new DataGeneratorSource<Long>(i -> i + 1, count, Types.LONG),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .uid("numbers");
    DataStream<Long> results;
    if (sums) {
      long keys = Long.parseLong(args[3]);
      var order = args[4];
      results =
          numbers.keyBy(x -> BareSums.key(x, keys, order), Types.LONG).map(new Sum()).uid("sums");
    } else {
      results = numbers.map(x -> x).returns(Types.LONG).map(x -> x).returns(Types.LONG);
      results = results.map(x -> x).returns(Types.LONG);
    }
    results.addSink(new Last()).uid("last");
    flink.execute("graph");
    System.out.println(said);
  }

  private static final class Sum extends RichMapFunction<Long, Long> {
    private transient ValueState<Long> sum;

    @Override
    public void open(OpenContext context) {
      sum = getRuntimeContext().getState(new ValueStateDescriptor<>("sum", Types.LONG));
    }

    @Override
    public Long map(Long x) throws Exception {
      Long old = sum.value();
      long fresh = old == null ? x : old + x;
      sum.update(fresh);
      return fresh;
    }
  }

  private static final class Last extends RichSinkFunction<Long> {
    private long all;
    private long began;

    @Override
    public void invoke(Long x, Context context) {
      if (began == 0) {
        began = System.nanoTime();
        System.out.println("first");
      }
      all += x;
    }

    @Override
    public void close() {
      said = all + " " + (System.nanoTime() - began) / 1e9;
    }
  }
}
