package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps of one view by several threads and processes. */
class SharedViewTest {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  record Price(String name, long price) {}

  record Item(long basket, String name, long number) {}

  static final class Shop {
    final Query query = new Query("shop");
    final Input<Price> prices = query.input("price", Price.class).keep(Price::name);
    final Input<Item> items = query.input("item", Item.class);
    final Stream<Grouped<Long, Long>> totals =
        prices
            .join(items, Price::name, Item::name)
            .groupBy(Long.class, sold -> sold.right().basket())
            .sumLong(sold -> sold.left().price() * sold.right().number())
            .materialize("total");

    Shop(boolean bounded) {
      if (bounded) {
        query.workingSet(10);
      }
    }

    /** What the step at a time does; the last price wins, so that their order shows. */
    Step step(long time) {
      return Step.once()
          .upsert(prices, new Price("tea", time))
          .insert(items, new Item(time % 3, "tea", time));
    }
  }

  private static ZSet<Grouped<Long, Long>> inTurn(int last) {
    var shop = new Shop(false);
    try (var view = View.open(shop.query)) {
      for (long time = 1; time <= last; time++) {
        view.step(shop.step(time));
      }
      return view.get(shop.totals);
    }
  }

  private static Store open(String url) {
    return Stores.open(url, Clock.systemUTC());
  }

  private String url(String kind) {
    return kind.equals("sqlite")
        ? "sqlite:" + folder.resolve("shop.db")
        : PostgresServer.shared().freshStore();
  }

  @Test
  void threadsMakeTheirStepsInTheOrderOfTimes() throws Exception {
    int last = 60;
    var shop = new Shop(false);
    try (var store = open(url("sqlite"));
        var shared = SharedView.open(store, shop.query, PATIENCE)) {
      var threads = Executors.newFixedThreadPool(last);
      var made = new ArrayList<Future<View.Changes>>();
      for (int time = last; time >= 1; time--) {
        var at = new Time(time, time - 1);
        made.add(threads.submit(() -> shared.step(shop.step(at.inputTime()), at)));
      }
      for (var each : made) {
        assertThat(each.get(2, TimeUnit.MINUTES).repeated()).isFalse();
      }
      threads.shutdown();
      assertThat(shared.step(shop.step(7), new Time(7, 6)).repeated()).isTrue();
      assertThat(View.get(store, shop.totals)).isEqualTo(inTurn(last));
    }
  }

  @Test
  void aStepThatFailsIsSkippedAndWhoWaitsInVainIsTold() {
    var query = new Query("numbers");
    var numbers = query.input("number", Long.class);
    var halves = numbers.map(Long.class, n -> 100 / n).materialize("half");
    try (var store = open("memory:");
        var shared = SharedView.open(store, query, Duration.ZERO)) {
      shared.step(Step.once().insert(numbers, 1L), new Time(1, 0));
      assertThatThrownBy(() -> shared.step(Step.once().insert(numbers, 0L), new Time(2, 1)))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining("by zero");
      shared.step(Step.once().insert(numbers, 2L), new Time(3, 2));
      assertThatThrownBy(() -> shared.step(Step.once().insert(numbers, 5L), new Time(2, 1)))
          .hasMessageContaining("has skipped time 2")
          .hasMessageContaining("by zero");
      assertThatThrownBy(() -> shared.step(Step.once().insert(numbers, 4L), new Time(5, 4)))
          .hasMessageContaining("the step at time 5 has waited 0.0 s for time 4")
          .hasMessageContaining("skip it");
      shared.skip(4, "its worker is gone");
      shared.skip(3, "too late");
      shared.step(Step.once().insert(numbers, 4L), new Time(5, 4));
      shared.step(Step.once().insert(numbers, 10L));
      assertThat(View.get(store, halves)).isEqualTo(ZSet.of(100L, 50L, 25L, 10L));
      assertThatThrownBy(() -> shared.step(Step.of("a"), new Time(6, 5)))
          .hasMessageContaining("has an id");
    }
    assertThatThrownBy(() -> new Time(3, 3)).hasMessageContaining("cannot wait for time 3");
    assertThatThrownBy(() -> new Time(0, -1)).hasMessageContaining("above 0");
  }

  /** {@code URL BOUNDED WORKER WORKERS LAST}: makes every step that is the worker's, in turn. */
  public static void main(String[] args) {
    var shop = new Shop(Boolean.parseBoolean(args[1]));
    try (var store = open(args[0]);
        var shared = SharedView.open(store, shop.query, PATIENCE)) {
      for (long time = Long.parseLong(args[2]);
          time <= Long.parseLong(args[4]);
          time += Long.parseLong(args[3])) {
        shared.step(shop.step(time), new Time(time, time - 1));
        System.out.println("made " + time);
      }
    }
  }

  private Process worker(String url, boolean bounded, int number, int last) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            SharedViewTest.class.getName(),
            url,
            Boolean.toString(bounded),
            Integer.toString(number),
            "4",
            Integer.toString(last))
        .redirectError(folder.resolve("errors-" + number).toFile())
        .start();
  }

  @ParameterizedTest
  @CsvSource({"sqlite, true", "postgres, true", "postgres, false"})
  void fourProcessesOfWhichOneIsKilled(String kind, boolean bounded) throws Exception {
    int last = 60;
    var url = url(kind);
    var workers = new ArrayList<Process>();
    for (int number = 1; number <= 4; number++) {
      workers.add(worker(url, bounded, number, last));
    }
    var killed = workers.remove(1);
    try (var out =
        new BufferedReader(
            new InputStreamReader(killed.getInputStream(), StandardCharsets.UTF_8))) {
      for (int n = 0; n < 5; n++) {
        assertThat(out.readLine()).as(Files.readString(folder.resolve("errors-2"))).isNotNull();
      }
    } finally {
      killed.toHandle().destroyForcibly();
      killed.waitFor();
    }
    // What it had to do is done by another, from the beginning.
    workers.add(worker(url, bounded, 2, last));
    var errors = new ArrayList<String>();
    for (var worker : workers) {
      if (!worker.waitFor(2, TimeUnit.MINUTES) || worker.exitValue() != 0) {
        worker.destroyForcibly();
        for (var number : List.of(1, 2, 3, 4)) {
          errors.add(Files.readString(folder.resolve("errors-" + number)));
        }
      }
    }
    assertThat(errors).isEmpty();
    try (var store = open(url)) {
      assertThat(View.get(store, new Shop(bounded).totals)).isEqualTo(inTurn(last));
    }
  }
}
