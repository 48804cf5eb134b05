package peers;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.jet.accumulator.LongAccumulator;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.SinkBuilder;
import com.hazelcast.jet.pipeline.StreamStage;
import java.util.concurrent.CountDownLatch;

/**
 * A running sum for each key, or three operators that hand on, in Hazelcast Jet, embedded, with an
 * exactly-once snapshot every second, in memory.
 *
 * <p>{@code JetGraph sums COUNT KEYS turn|random|runs} and {@code JetGraph pass COUNT} print {@code
 * first} when the first record has come to the sink, and at the end the sum of all records there
 * and the seconds from the first to the last.
 */
public final class JetGraph {

  private static final CountDownLatch DONE = new CountDownLatch(1);
  private static volatile String said;

  public static void main(String[] args) throws InterruptedException {
    long count = Long.parseLong(args[1]);
    var config = new Config();
    config.getJetConfig().setEnabled(true).setCooperativeThreadCount(2);
    var network = config.getNetworkConfig();
    network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    network.getJoin().getAutoDetectionConfig().setEnabled(false);
    network.getJoin().getMulticastConfig().setEnabled(false);
    config.setProperty("hazelcast.phone.home.enabled", "false");
    var hazelcast = Hazelcast.newHazelcastInstance(config);
    try {
      var pipeline = Pipeline.create();
      StreamStage<Long> numbers = pipeline.readFrom(JetSum.numbers(count)).withoutTimestamps();
      StreamStage<Long> results;
      if (args[0].equals("sums")) {
        long keys = Long.parseLong(args[2]);
        var order = args[3];
        results =
            numbers
                .groupingKey(x -> BareSums.key(x, keys, order))
                .mapStateful(LongAccumulator::new, (sum, key, x) -> sum.add(x).get());
      } else {
        results = numbers.map(x -> x).setLocalParallelism(1).map(x -> x).setLocalParallelism(1);
        results = results.map(x -> x);
      }
      results.setLocalParallelism(1).writeTo(lastOf(count));
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
      System.out.println(said);
    } finally {
      hazelcast.shutdown();
    }
  }

  private static Sink<Long> lastOf(long count) {
    return SinkBuilder.sinkBuilder("last", context -> new long[3])
        .<Long>receiveFn(
            (seen, x) -> {
              if (++seen[0] == 1) {
                seen[1] = System.nanoTime();
                System.out.println("first");
              }
              seen[2] += x;
              if (seen[0] == count) {
                said = seen[2] + " " + (System.nanoTime() - seen[1]) / 1e9;
                DONE.countDown();
              }
            })
        .preferredLocalParallelism(1)
        .build();
  }
}
