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
import java.util.List;

/**
 * What the measure "pond" runs, in a process of its own: {@code append|fold|wake|late|many STORE
 * EVENTS [FISH]}. Prints what it took, in seconds, and the answer.
 */
class PondLoop {

  record Message(String message) {}

  public static void main(String[] args) {
    var store = Stores.open(args[1], Clock.systemUTC());
    var log = EventLog.open(store, "me", Clock.systemUTC());
    int count = Integer.parseInt(args[2]);
    switch (args[0]) {
      case "append" -> append(log, count);
      case "fold" -> fold(log, args[3]);
      case "late" -> late(log, args[3], Integer.parseInt(args[4]));
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

  private static long size(Object state) {
    return state instanceof Long number ? number : ((List<?>) state).size();
  }

  /** A late event at a distance, while the fish is awake. */
  private static void late(EventLog log, String kind, int distance) {
    try (var pond = Pond.open(log)) {
      var fish = fish(kind);
      pond.observe(fish, emission -> {});
      pond.settle();
      long head = log.present().of("me");
      long before = pond.figures(fish.id()).orElseThrow().folded();
      long began = System.nanoTime();
      log.ingest(
          List.of(
              new Event(
                  "late" + distance,
                  0,
                  head + 1 - distance,
                  Instant.EPOCH,
                  List.of(),
                  "{\"message\":\"late\"}",
                  false)));
      pond.settle();
      print(began, pond.figures(fish.id()).orElseThrow().folded() - before);
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
      print(began, total[0]);
    }
  }

  private static void print(long began, long answer) {
    System.out.println((System.nanoTime() - began) / 1e9 + " " + answer);
  }
}
