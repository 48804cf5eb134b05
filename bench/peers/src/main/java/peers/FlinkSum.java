package peers;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.legacy.RichSinkFunction;

/**
 * The running sum in Apache Flink, embedded: COUNT numbers 1, 2, ... with an exactly-once checkpoint
 * every second. {@code keyed} keeps the sum as keyed state, which any number of tasks can share by
 * key, as runners share a cell; {@code local} as the state of one task, chained to its source.
 *
 * <p>{@code FlinkSum COUNT keyed|local FOLDER} prints the last sum, the seconds from the first sum to the last, and the
 * files of checkpoints.
 */
public final class FlinkSum {

  private static volatile long last;
  private static volatile double seconds;

  public static void main(String[] args) throws Exception {
    long count = Long.parseLong(args[0]);
    var folder = Path.of(args[2]).toAbsolutePath();
    var settings = new Configuration();
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    settings.set(RestOptions.BIND_PORT, "0");
    var flink = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    flink.enableCheckpointing(1000, CheckpointingMode.EXACTLY_ONCE);
    flink.getConfig().enableObjectReuse();
    var numbers = new DataGeneratorSource<Long>(i -> i + 1, count, Types.LONG);
    DataStream<Long> source =
        flink.fromSource(
            numbers,
            org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks(),
            "numbers");
    var sums =
        args[1].equals("keyed")
            ? source.keyBy(x -> "counter", Types.STRING).map(new Keyed())
            : source.map(new Local());
    sums.addSink(new Last());
    flink.execute("sum");
    try (var files = Files.walk(folder)) {
      System.out.println(last + " " + seconds + " " + files.count());
    }
  }

  private static final class Keyed extends RichMapFunction<Long, Long> {
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

  private static final class Local extends RichMapFunction<Long, Long>
      implements CheckpointedFunction {
    private transient ListState<Long> kept;
    private long sum;

    @Override
    public Long map(Long x) {
      return sum += x;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      kept.update(java.util.List.of(sum));
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      kept =
          context
              .getOperatorStateStore()
              .getListState(new ListStateDescriptor<>("sum", Types.LONG));
      for (var each : kept.get()) {
        sum += each;
      }
    }
  }

  private static final class Last extends RichSinkFunction<Long> {
    private long seen;
    private long began;

    @Override
    public void invoke(Long x, Context context) {
      if (began == 0) {
        began = System.nanoTime();
      }
      seen = x;
    }

    @Override
    public void close() {
      last = seen;
      seconds = (System.nanoTime() - began) / 1e9;
    }
  }
}
