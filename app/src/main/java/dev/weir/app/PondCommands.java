package dev.weir.app;

import dev.weir.pond.Event;
import dev.weir.pond.EventLog;
import dev.weir.pond.Exchange;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.FishOperator;
import dev.weir.pond.Ingested;
import dev.weir.pond.NodeServer;
import dev.weir.pond.Offsets;
import dev.weir.pond.Pond;
import dev.weir.pond.Report;
import dev.weir.pond.SavedState;
import dev.weir.pond.TopicMedium;
import dev.weir.pond.Where;
import dev.weir.runners.Python;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Commands about the event log of a store and about fish. Thread-safe. */
public final class PondCommands {

  /** How often events of other processes are looked for. */
  private static final Duration POLL = Duration.ofMillis(200);

  private static final int PAGE = 1_000;

  /** How long a fish in another process may work on one event. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Pattern PYTHON_FISH = Pattern.compile("(?m)^def\\s+on_event\\s*\\(");

  private static final Pattern JAVA_FISH =
      Pattern.compile("static\\s+(?:dev\\.weir\\.pond\\.)?Fish<[^=;{]*>\\s+fish\\s*\\(\\s*\\)");

  private final Store store;
  private final Clock clock;

  PondCommands(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The log, as the node that the store names. */
  public EventLog log() {
    return EventLog.open(store, clock, new SecureRandom());
  }

  /** Gives events to a consumer in their order; the last ones where a number is given. */
  public void events(Where where, long last, Consumer<Event> consumer) {
    try (var log = log();
        var view = log.view()) {
      if (last < 0) {
        try (var events = view.after(Offsets.NONE, where)) {
          events.forEachRemaining(consumer);
        }
        return;
      }
      var some = new ArrayDeque<Event>();
      try (var events = view.backwards(where)) {
        while (events.hasNext() && some.size() < last) {
          some.addFirst(events.next());
        }
      }
      some.forEach(consumer);
    }
  }

  /** Gives events to a consumer as they come, until the thread is interrupted. */
  public void tail(Where where, Consumer<Event> consumer) throws InterruptedException {
    try (var log = log()) {
      var seen = log.present();
      while (true) {
        try (var view = log.view();
            var events = view.after(seen, where)) {
          events.forEachRemaining(consumer);
          seen = view.present();
        }
        Thread.sleep(POLL.toMillis());
      }
    }
  }

  /** Takes over events, some at a time. */
  public Ingested ingest(Iterable<Event> events) {
    int added = 0;
    int known = 0;
    var refused = new ArrayList<Ingested.Refused>();
    var missing = new ArrayList<String>();
    try (var log = log()) {
      var page = new ArrayList<Event>();
      var rest = events.iterator();
      while (rest.hasNext()) {
        page.add(rest.next());
        if (page.size() == PAGE || !rest.hasNext()) {
          var result = log.ingest(page);
          added += result.added();
          known += result.known();
          refused.addAll(result.refused());
          missing.addAll(result.missing());
          page.clear();
        }
      }
    }
    return new Ingested(added, known, List.copyOf(refused), List.copyOf(missing));
  }

  /**
   * Exchanges events with another node, or by a place that several nodes can reach.
   *
   * @param other {@code http://HOST:PORT} of a node, {@code kafka://HOST:PORT/TOPIC}, or a store in
   *     which no node works
   * @param token the secret of a node, asked for where one is needed
   * @param strange is told of messages of a topic that are passed over
   */
  public Exchange.Result sync(String other, Supplier<String> token, Consumer<String> strange) {
    try (var log = log();
        var medium = Media.open(other, token, clock)) {
      var result = Exchange.sync(log, medium);
      if (medium instanceof TopicMedium topic) {
        topic.strange().forEach(strange);
      }
      return result;
    }
  }

  /** Lets other nodes exchange events with this log, until it is closed. */
  public NodeServer serve(String host, int port, String token) {
    var address =
        host.isEmpty()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port)
            : new InetSocketAddress(host, port);
    return NodeServer.start(log(), address, token);
  }

  /**
   * A fish that has snapshots.
   *
   * @param newest its newest snapshot
   */
  public record Known(String fish, int snapshots, Snapshot newest) {}

  /** The fish that have snapshots. */
  public List<Known> fish() {
    var bySubject = new TreeMap<String, List<Snapshot>>();
    for (var snapshot : store.snapshots().list()) {
      if (FishId.isSubject(snapshot.subject())) {
        bySubject.computeIfAbsent(snapshot.subject(), s -> new ArrayList<>()).add(snapshot);
      }
    }
    return bySubject.entrySet().stream()
        .map(
            each ->
                new Known(
                    name(each.getKey()),
                    each.getValue().size(),
                    each.getValue().stream()
                        .max((a, b) -> Long.compare(a.position(), b.position()))
                        .orElseThrow()))
        .toList();
  }

  private static String name(String subject) {
    return subject.substring("fish:".length());
  }

  /** The state of a fish in its newest snapshot, as JSON text. */
  public String savedState(String fish) {
    return SavedState.read(store, found(fish).newest().id());
  }

  private Known found(String fish) {
    var all = fish();
    return all.stream()
        .filter(known -> known.fish().equals(fish))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "no fish is named '%s' in %s%s"
                        .formatted(
                            fish,
                            store.url(),
                            all.isEmpty()
                                ? "; none has a snapshot yet"
                                : "; there "
                                    + (all.size() == 1 ? "is " : "are ")
                                    + String.join(", ", all.stream().map(Known::fish).toList()))));
  }

  /**
   * Whether a file defines a fish, and not a model: a Python file a function {@code on_event}, a
   * Java file a method {@code static Fish<?, ?> fish()}. Reads it, and executes nothing.
   */
  public static boolean holdsFish(Path file) {
    var name = file.toString();
    var sign = name.endsWith(".py") ? PYTHON_FISH : name.endsWith(".java") ? JAVA_FISH : null;
    try {
      return sign != null && sign.matcher(Files.readString(file)).find();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * A fish that a file defines, in a pond over this store's log.
   *
   * @param file Java, or Python
   * @param printed is told what a Python file prints
   */
  public FishAtWork open(Path file, Consumer<Report> reports, Consumer<String> printed) {
    var opened = openFish(file, printed);
    var log = log();
    return new FishAtWork(
        opened.fish(), log, Pond.open(log, new Pond.Options(clock, reports, POLL)), opened.end());
  }

  static FishOperator.Opened openFish(Path file, Consumer<String> printed) {
    if (!file.toString().endsWith(".py")) {
      return new FishOperator.Opened(DefinitionFile.FISH.load(file, System.err::println), () -> {});
    }
    if (!Files.isReadable(file)) {
      throw new CommandException("there is no file %s, or it cannot be read".formatted(file));
    }
    var fish = new PythonFish(file, Python.find(System.getenv()), printed, PATIENCE);
    return new FishOperator.Opened(fish.fish(), fish::close);
  }

  /**
   * A fish and the pond in which it swims.
   *
   * @param end ends what executes the fish
   */
  public record FishAtWork(Fish<?, ?> fish, EventLog log, Pond pond, Runnable end)
      implements AutoCloseable {
    @Override
    public void close() {
      pond.close();
      log.close();
      end.run();
    }
  }
}
