import dev.weir.pond.Draft;
import dev.weir.pond.EventLog;
import dev.weir.pond.Event;
import dev.weir.pond.Codec;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.Pond;
import dev.weir.pond.Where;
import dev.weir.state.Stores;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What the measure "pond" runs, in a process of its own: {@code VERB STORE EVENTS [...]}. Prints
 * what it took, in seconds, the answer, and what else the verb tells.
 */
class PondLoop {

  record Message(String message) {}

  public static void main(String[] args) {
    var store = Stores.open(args[1], Clock.systemUTC());
    var log = EventLog.open(store, "me", Clock.systemUTC());
    int count = Integer.parseInt(args[2]);
    switch (args[0]) {
      case "append" -> append(log, count);
      case "singly" -> singly(log, count);
      case "fold" -> fold(log, args[3]);
      case "wake" -> wake(log, args[3]);
      case "late" -> late(log, args[3], Integer.parseInt(args[4]));
      case "burst" -> burst(log, args[3], Integer.parseInt(args[4]));
      case "many" -> many(log, Integer.parseInt(args[3]));
      default -> throw new IllegalArgumentException(args[0]);
    }
    store.close();
  }

  private static void append(EventLog log, int count) {
    long began = System.nanoTime();
    var page = new ArrayList<Draft>();
    for (int i = 0; i < count; i++) {
      page.add(Draft.of("{\"message\":\"message number " + i + "\"}", "room:" + i % 10_000));
      if (page.size() == 10_000 || i == count - 1) {
        log.append(page);
        page.clear();
      }
    }
    print(began, log.present().of("me") + 1);
  }

  private static void singly(EventLog log, int count) {
    long began = System.nanoTime();
    for (int i = 0; i < count; i++) {
      log.append(Draft.of("{\"message\":\"one by one\"}", "room:" + i));
    }
    print(began, count);
  }

  static Fish<?, ?> fish(String kind) {
    var id = FishId.of("bench", kind, 0);
    return switch (kind) {
      case "counter" ->
          Fish.of(id, Codec.json(Long.class), Codec.text())
              .initialState(() -> 0L)
              .onEvent((state, payload, event) -> state + 1)
              .immutable()
              .build();
      case "last100" ->
          Fish.of(id, Codec.jsonList(String.class), Codec.json(Message.class))
              .initialState(ArrayList::new)
              .onEvent(
                  (state, payload, event) -> {
                    state.add(payload.message());
                    if (state.size() > 100) {
                      state.remove(0);
                    }
                    return state;
                  })
              .build();
      default ->
          Fish.of(id, Codec.jsonList(String.class), Codec.json(Message.class))
              .initialState(ArrayList::new)
              .onEvent(
                  (state, payload, event) -> {
                    state.add(payload.message());
                    return state;
                  })
              .build();
    };
  }

  private static void fold(EventLog log, String kind) {
    long began = System.nanoTime();
    try (var pond = Pond.open(log)) {
      print(began, size(pond.currentState(fish(kind))));
    }
  }

  /** Wakes again and again, in a process that has done it before. Prints the median. */
  private static void wake(EventLog log, String kind) {
    var took = new long[21];
    long folded = 0;
    for (int i = -took.length; i < took.length; i++) {
      long began = System.nanoTime();
      try (var pond = Pond.open(log)) {
        var fish = fish(kind);
        try (var observing = pond.observe(fish, emission -> {})) {
          pond.settle();
          took[Math.max(0, i)] = System.nanoTime() - began;
          folded = pond.figures(fish.id()).orElseThrow().folded();
        }
      }
    }
    Arrays.sort(took);
    System.out.println(took[took.length / 2] / 1e9 + " " + folded);
  }

  private static long size(Object state) {
    return state instanceof Long number ? number : ((List<?>) state).size();
  }

  /**
   * A late event at a distance from the end, while the fish is awake. Prints how many events were
   * folded, and how many there are behind the newest snapshot before the place.
   */
  private static void late(EventLog log, String kind, int distance) {
    late(log, kind, List.of(log.present().of("me") + 1 - distance));
  }

  /** As many late events as asked, all over the log, at once. Prints folds and rewinds. */
  private static void burst(EventLog log, String kind, int events) {
    long head = log.present().of("me");
    late(log, kind, LongStream.range(1, events + 1).map(i -> head * i / (events + 1)).boxed().toList());
  }

  private static void late(EventLog log, String kind, List<Long> places) {
    try (var pond = Pond.open(log)) {
      var fish = fish(kind);
      pond.observe(fish, emission -> {});
      pond.settle();
      long near = 0;
      for (var snapshot : log.store().snapshots().list(fish.id().subject())) {
        if (snapshot.position() < places.get(0)) {
          near = Math.max(near, snapshot.position());
        }
      }
      var before = pond.figures(fish.id()).orElseThrow();
      var events = new ArrayList<Event>();
      for (int i = 0; i < places.size(); i++) {
        events.add(
            new Event(
                "late", i, places.get(i), Instant.EPOCH, List.of(), "{\"message\":\"late\"}", false));
      }
      long behind = log.present().of("me") + 1 + events.size() - near;
      long began = System.nanoTime();
      log.ingest(events);
      pond.settle();
      var after = pond.figures(fish.id()).orElseThrow();
      print(
          began,
          after.folded() - before.folded(),
          places.size() == 1 ? behind : after.rewinds() - before.rewinds());
    }
  }

  private static void many(EventLog log, int fishes) {
    long began = System.nanoTime();
    long[] total = new long[1];
    try (var pond = Pond.open(log)) {
      for (int i = 0; i < fishes; i++) {
        var fish =
            Fish.of(FishId.of("bench", "room" + i, 0), Long.class, Object.class)
                .where(Where.tags("room:" + i))
                .initialState(() -> 0L)
                .onEvent((state, payload, event) -> state + 1)
                .build();
        pond.observe(fish, emission -> total[0] += emission.state());
      }
      pond.settle();
      double took = (System.nanoTime() - began) / 1e9;
      System.gc();
      var runtime = Runtime.getRuntime();
      System.out.println(took + " " + total[0] + " " + (runtime.totalMemory() - runtime.freeMemory()));
    }
  }

  private static void print(long began, long... answers) {
    var line = new StringBuilder().append((System.nanoTime() - began) / 1e9);
    LongStream.of(answers).forEach(answer -> line.append(' ').append(answer));
    System.out.println(line);
  }
}
