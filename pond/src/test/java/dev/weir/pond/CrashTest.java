package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.state.Stores;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that appends, folds and writes snapshots is killed; what it said is true. */
class CrashTest {

  private static final int KILLS = Boolean.getBoolean("weir.long") ? 200 : 4;

  @TempDir Path folder;

  private static Fish<List<Long>, Long> fish() {
    return Fish.of(
            FishId.of("test.Crash", "c", 0), Codec.jsonList(Long.class), Codec.json(Long.class))
        .initialState(ArrayList::new)
        .onEvent(
            (state, payload, event) -> {
              state.add(payload);
              return state;
            })
        .isReset((payload, event) -> payload % 97 == 96)
        .snapshots(SnapshotPolicy.DEFAULT.every(5))
        .build();
  }

  /** Runs in a process of its own until it is killed: appends and prints what is durable. */
  static final class Child {
    public static void main(String[] args) throws Exception {
      try (var store = Stores.open(args[0], Clock.systemUTC())) {
        var log = EventLog.open(store, "me", Clock.systemUTC());
        var pond = Pond.open(log);
        pond.observe(fish(), emission -> {});
        while (true) {
          var drafts = new ArrayList<Draft>();
          long next = log.present().of("me") + 1;
          for (long i = 0; i < 1 + next % 4; i++) {
            drafts.add(Draft.of("" + (next + i), "t"));
          }
          var events = pond.publish(drafts.toArray(Draft[]::new));
          System.out.println(events.get(events.size() - 1).offset());
          pond.settle();
        }
      }
    }
  }

  @Test
  void whatWasAppendedIsThereAndTheStateIsRight() throws Exception {
    var random = new Random(7);
    var url = "sqlite:" + folder.resolve("s.db");
    long durable = -1;
    for (int kill = 0; kill < KILLS; kill++) {
      durable = Math.max(durable, runAndKill(url, 10 + random.nextInt(40)));
      var reports = new ArrayList<Report>();
      var clock = Clock.systemUTC();
      try (var store = Stores.open(url, clock)) {
        var log = EventLog.open(store, "me", clock);
        long head = log.present().of("me");
        assertThat(head).isGreaterThanOrEqualTo(durable);
        var expected = new ArrayList<Long>();
        for (long i = 0; i <= head; i++) {
          if (i % 97 == 96) {
            expected.clear();
          }
          expected.add(i);
        }
        try (var view = log.view()) {
          var events = EventLogTest.all(view.after(Offsets.NONE, Where.tags("t")));
          assertThat(events.stream().map(Event::offset)).hasSize((int) head + 1);
        }
        try (var pond = Pond.open(log, new Pond.Options(clock, reports::add, null))) {
          assertThat(pond.currentState(fish())).isEqualTo(expected);
        }
        for (var snapshot : store.snapshots().list()) {
          assertThat(store.snapshots().verify(snapshot.id())).isEmpty();
        }
        assertThat(reports).isEmpty();
      }
    }
  }

  /** The last offset that the child said is durable. */
  private static long runAndKill(String url, int lines) throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                url)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long last = -1;
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (int i = 0; i < lines; i++) {
        var line = out.readLine();
        assertThat(line).as("the child ended").isNotNull();
        last = Long.parseLong(line);
      }
      process.toHandle().destroyForcibly();
      for (var line = out.readLine(); line != null; line = out.readLine()) {
        if (!line.isEmpty()) {
          last = Math.max(last, Long.parseLong(line));
        }
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    return last;
  }
}
