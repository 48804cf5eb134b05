package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever happens on the way, a fish is in the state that one fold over all events in their order
 * gives: nodes that come and go, events in any order of arrival, resets, snapshots, restarts.
 */
class ChaosTest {

  private static final int CASES = Boolean.getBoolean("weir.long") ? 5_000 : 80;

  private record State(long count, List<String> ids) {}

  /** A node that can be stopped and started; its store stays. */
  private static final class Node {
    final String name;
    final TestClock clock;
    final Fish<State, String> fish;
    final Store store;
    final List<Report> reports = new ArrayList<>();
    EventLog log;
    Pond pond;
    State told;

    Node(String name, String url, TestClock clock, Random random) {
      this.name = name;
      this.clock = clock;
      this.fish = fish(random);
      this.store = Stores.open(url, clock);
      start();
    }

    void start() {
      log = EventLog.open(store, name, clock);
      pond = Pond.open(log, new Pond.Options(clock, reports::add, null));
      pond.observe(fish, emission -> told = emission.state());
      pond.settle();
    }

    void stop() {
      pond.close();
      log.close();
    }
  }

  private static final int FEW = CASES / 80;

  private final List<Node> nodes = new ArrayList<>();

  /** Where nodes leave events for each other; null where they only meet. */
  private Supplier<Medium> place;

  @AfterEach
  void close() {
    nodes.forEach(node -> node.pond.close());
    nodes.forEach(node -> node.store.close());
  }

  /** The same fold in several ways: states that change or not, many snapshots or none. */
  private static Fish<State, String> fish(Random random) {
    boolean changes = random.nextBoolean();
    var fish =
        Fish.of(FishId.of("test.Chaos", "one", 1), State.class, String.class)
            .where(Where.parse("x | y & z"))
            .initialState(() -> new State(0, new ArrayList<>()))
            .onEvent(
                (state, payload, event) -> {
                  var ids = changes ? state.ids() : new ArrayList<>(state.ids());
                  ids.add(event.id());
                  return new State(state.count() + payload.length(), ids);
                })
            .isReset((payload, event) -> payload.equals("reset"))
            .snapshots(SnapshotPolicy.DEFAULT.every(new int[] {0, 1, 3, 10}[random.nextInt(4)]));
    return (changes ? fish : fish.immutable()).build();
  }

  private static State foldOnce(List<Event> events, Fish<State, String> fish) {
    var state = fish.initialState().get();
    for (var event : events.stream().sorted(Comparator.comparing(Event::key)).toList()) {
      if (fish.where().matches(event)) {
        var payload = fish.events().read(event.payload());
        if (fish.isReset().test(payload, event)) {
          state = fish.initialState().get();
        }
        state = fish.onEvent().apply(state, payload, event);
      }
    }
    return state;
  }

  @Test
  void oneFoldOverAllEventsInOrder() throws Exception {
    Cases.check(CASES, random -> chaos(random, () -> "memory:"));
  }

  @Test
  void inPostgres() throws Exception {
    Cases.check(FEW, random -> chaos(random, PostgresServer.shared()::freshStore));
  }

  @Test
  void byWayOfASharedPostgres() throws Exception {
    Cases.check(
        FEW,
        random -> {
          try (var shared = Stores.open(PostgresServer.shared().freshStore(), new TestClock())) {
            place = () -> Medium.of(EventLog.open(shared, "shared", new TestClock()));
            chaos(random, () -> "memory:");
          }
        });
  }

  @Test
  void byWayOfATopic() throws Exception {
    Cases.check(
        CASES / 8,
        random -> {
          var messages = new ArrayList<String>();
          place = () -> new TopicMedium(topic(messages, random));
          chaos(random, () -> "memory:");
        });
  }

  /** A topic that may lose the connection, before it has appended all and after. */
  private static TopicMedium.Topic topic(List<String> messages, Random random) {
    return new TopicMedium.Topic() {
      private int read;

      @Override
      public List<String> fresh() {
        int to = Math.min(messages.size(), read + 1 + random.nextInt(50));
        var some = List.copyOf(messages.subList(read, to));
        read = to;
        return some;
      }

      @Override
      public void append(List<TopicMedium.Message> given) {
        int done = random.nextInt(4) == 0 ? random.nextInt(given.size() + 1) : Integer.MAX_VALUE;
        for (var message : given) {
          if (done-- == 0) {
            throw new PondException("out of reach");
          }
          messages.add(message.text());
        }
      }

      @Override
      public void close() {}
    };
  }

  private void leaveAndTake(Node node) {
    try (var medium = place.get()) {
      Exchange.sync(node.log, medium);
    } catch (PondException e) {
      assertThat(e).hasMessage("out of reach");
    }
  }

  private void chaos(Random random, Supplier<String> urls) {
    close();
    nodes.clear();
    var clock = new TestClock();
    for (int i = 0; i < 5; i++) {
      nodes.add(new Node("n" + i, urls.get(), clock, random));
    }
    var all = new ArrayList<Event>();
    int resets = new int[] {0, 10, 3}[random.nextInt(3)];
    for (int round = 0; round < 40; round++) {
      clock.move(Duration.ofHours(random.nextInt(50)));
      var node = nodes.get(random.nextInt(nodes.size()));
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          var drafts = new ArrayList<Draft>();
          for (int i = random.nextInt(12); i >= 0; i--) {
            var payload =
                resets > 0 && random.nextInt(100) < resets
                    ? "\"reset\""
                    : "\"" + "p".repeat(random.nextInt(3)) + "\"";
            var tags = new String[][] {{"x"}, {"x"}, {"y", "z"}, {"y"}, {}}[random.nextInt(5)];
            drafts.add(Draft.of(payload, tags));
          }
          all.addAll(node.log.append(drafts));
        }
        case 3 -> {
          node.pond.close();
          var other = nodes.get(random.nextInt(nodes.size()));
          if (place == null && other != node && random.nextBoolean()) {
            meet(node, other, random);
          }
          node.log.close();
          node.start();
        }
        default -> {
          var other = nodes.get(random.nextInt(nodes.size()));
          if (place != null) {
            leaveAndTake(node);
          } else if (other != node) {
            meet(node, other, random);
          }
        }
      }
      node.pond.settle();
      if (random.nextInt(4) == 0) {
        check(node, node.log);
      }
    }
    for (int i = 0; i < 20 && place != null; i++) {
      nodes.forEach(this::leaveAndTake);
    }
    for (int i = 0; i < 2 && place == null; i++) {
      Collections.shuffle(nodes, random);
      for (int n = 1; n < nodes.size(); n++) {
        Exchange.sync(nodes.get(n).log, Medium.of(nodes.get(n - 1).log));
      }
      for (int n = nodes.size() - 1; n > 0; n--) {
        Exchange.sync(nodes.get(n).log, Medium.of(nodes.get(n - 1).log));
      }
    }
    var expected = foldOnce(all, nodes.get(0).fish);
    for (var node : nodes) {
      node.pond.settle();
      assertThat(node.told).as(node.name).isEqualTo(expected);
      node.stop();
      node.start();
      assertThat(node.told).as("%s, awake again", node.name).isEqualTo(expected);
      assertThat(node.reports).isEmpty();
    }
  }

  private static void check(Node node, EventLog log) {
    try (var view = log.view()) {
      var events = EventLogTest.all(view.after(Offsets.NONE, Where.allEvents()));
      assertThat(node.told).as(node.name).isEqualTo(foldOnce(events, node.fish));
    }
  }

  /** Two nodes meet, and may lose each other in the midst of it. */
  private static void meet(Node a, Node b, Random random) {
    int[] calls = {random.nextInt(3) == 0 ? random.nextInt(6) : Integer.MAX_VALUE};
    var whole = Medium.of(b.log);
    var flaky =
        new Medium() {
          private void call() {
            if (calls[0]-- == 0) {
              throw new PondException("out of reach");
            }
          }

          @Override
          public Offsets present() {
            call();
            return whole.present();
          }

          @Override
          public List<Event> read(Offsets known, int limit) {
            call();
            return whole.read(known, limit);
          }

          @Override
          public Ingested write(List<Event> events) {
            var result = whole.write(events);
            call();
            return result;
          }

          @Override
          public void close() {}
        };
    try {
      Exchange.sync(a.log, flaky, 1 + random.nextInt(20));
    } catch (PondException e) {
      assertThat(e).hasMessage("out of reach");
    }
    b.pond.settle();
  }
}
