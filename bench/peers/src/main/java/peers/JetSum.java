package peers;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.jet.accumulator.LongAccumulator;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.pipeline.StreamSource;
import com.hazelcast.jet.pipeline.StreamStage;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.SinkBuilder;
import com.hazelcast.jet.pipeline.SourceBuilder;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The running sum in Hazelcast Jet, embedded: COUNT numbers 1, 2, ... with an exactly-once snapshot
 * every second. {@code keyed} keeps the sum by a key, as runners share a cell; {@code local} in one
 * processor.
 *
 * <p>{@code JetSum COUNT keyed|local} prints the last sum and the seconds from the first sum to the last.
 */
public final class JetSum {

  private static final int CHUNK = 1024;
  private static final CountDownLatch DONE = new CountDownLatch(1);
  private static volatile long last;
  private static volatile double seconds;

  public static void main(String[] args) throws InterruptedException {
    long count = Long.parseLong(args[0]);
    var config = new Config();
    config.getJetConfig().setEnabled(true).setCooperativeThreadCount(1);
    var network = config.getNetworkConfig();
    network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    network.getJoin().getAutoDetectionConfig().setEnabled(false);
    network.getJoin().getMulticastConfig().setEnabled(false);
    config.setProperty("hazelcast.phone.home.enabled", "false");
    var hazelcast = Hazelcast.newHazelcastInstance(config);
    try {
      var pipeline = Pipeline.create();
      StreamStage<Long> numbers = pipeline.readFrom(numbers(count)).withoutTimestamps();
      StreamStage<Long> sums =
          args[1].equals("keyed")
              ? numbers
                  .groupingKey(x -> "counter")
                  .mapStateful(LongAccumulator::new, (sum, key, x) -> sum.add(x).get())
              : numbers.mapStateful(LongAccumulator::new, (sum, x) -> sum.add(x).get());
      sums.setLocalParallelism(1).writeTo(lastOf(count));
      var job =
          hazelcast
              .getJet()
              .newJob(
                  pipeline,
                  new JobConfig()
                      .setProcessingGuarantee(ProcessingGuarantee.EXACTLY_ONCE)
                      .setSnapshotIntervalMillis(1000));
      DONE.await();
      job.cancel();
      System.out.println(last + " " + seconds);
    } finally {
      hazelcast.shutdown();
    }
  }

  static StreamSource<Long> numbers(long count) {
    return SourceBuilder.stream("numbers", context -> new long[1])
        .<Long>fillBufferFn(
            (done, buffer) -> {
              long until = Math.min(count, done[0] + CHUNK);
              while (done[0] < until) {
                buffer.add(++done[0]);
              }
            })
        .createSnapshotFn(done -> done[0])
        .restoreSnapshotFn((done, saved) -> done[0] = ((List<Long>) saved).get(0))
        .build();
  }

  private static Sink<Long> lastOf(long count) {
    return SinkBuilder.sinkBuilder("last", context -> new long[2])
        .<Long>receiveFn(
            (seen, x) -> {
              if (++seen[0] == 1) {
                seen[1] = System.nanoTime();
              }
              if (seen[0] == count) {
                last = x;
                seconds = (System.nanoTime() - seen[1]) / 1e9;
                DONE.countDown();
              }
            })
        .preferredLocalParallelism(1)
        .build();
  }
}
