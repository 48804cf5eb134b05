package dev.weir.pond.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.weir.pond.BadEventException;
import dev.weir.pond.Draft;
import dev.weir.pond.Event;
import dev.weir.pond.Ingested;
import dev.weir.state.Commit;
import dev.weir.state.Store;
import dev.weir.state.SupersededException;
import dev.weir.state.Writer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes a log. The log is one subject of the store: a commit that succeeds shows that nobody else
 * has written since the subject was claimed, so that what was read then about the streams is still
 * true; otherwise the subject is claimed again.
 */
public final class LogWriter implements AutoCloseable {

  private static final String SUBJECT = "pond";
  private static final int TRIES = 100;
  private static final int LONGEST_MILLIS = 50;
  private static final int MOST_AT_ONCE = 10_000;

  /** Beyond it, other languages cannot count. */
  private static final long LAST_LAMPORT = 1L << 53;

  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

  private final Store store;
  private final String node;
  private final Clock clock;
  private final ReentrantLock writing = new ReentrantLock();
  private final Deque<Waiting> queue = new ArrayDeque<>();

  /** What is known as long as the claim holds. */
  private Claim claim;

  private static final class Claim {
    final Writer writer;
    final Map<String, Head> heads = new HashMap<>();
    long position;
    long lamport;

    Claim(Writer writer) {
      this.writer = writer;
    }
  }

  private record Head(long offset, long lamport, long floor) {}

  /** Drafts of one caller, and what became of them. */
  private static final class Waiting {
    final List<Draft> drafts;
    List<Event> events;
    RuntimeException failure;

    Waiting(List<Draft> drafts) {
      this.drafts = drafts;
    }
  }

  /** What is to be committed. */
  private static final class Work {
    final Commit.Builder commit = Commit.builder();
    final Map<String, Head> heads = new HashMap<>();
    final Set<String> touched = new TreeSet<>();
    long lamport;
    long added;

    void add(Event event) {
      commit.put(LogTables.EVENT, LogTables.row(event));
      for (var tag : event.tags()) {
        commit.put(LogTables.TAG, tag, event.stream(), event.offset());
      }
      var head = heads.get(event.stream());
      heads.put(
          event.stream(),
          new Head(event.offset(), event.lamport(), head == null ? 0 : head.floor()));
      touched.add(event.stream());
      lamport = Math.max(lamport, event.lamport());
      added++;
    }
  }

  private interface Task<T> {
    T run(Work work);
  }

  public LogWriter(Store store, String node, Clock clock) {
    this.store = store;
    this.node = node;
    this.clock = clock;
  }

  /** Refuses what cannot be the name of a stream. */
  public static void checkStream(String stream) {
    if (stream == null || !stream.matches(NAME)) {
      throw new BadEventException(
          "\"%s\" is no name of a node or stream: use up to 64 letters, digits, . _ and -"
              .formatted(stream));
    }
  }

  /** Refuses what is not exactly one JSON value. */
  public static void checkPayload(String payload) {
    if (payload == null) {
      throw new BadEventException("an event has no payload");
    }
    try (var in = JsonCodec.MAPPER.getFactory().createParser(payload)) {
      if (in.nextToken() == null) {
        throw new BadEventException("a payload is empty; it is to be one JSON value");
      }
      in.skipChildren();
      if (in.nextToken() != null) {
        throw new BadEventException(
            "a payload is more than one JSON value: " + JsonCodec.shortened(payload));
      }
    } catch (JsonProcessingException e) {
      throw new BadEventException(
          "a payload is not JSON: %s: %s"
              .formatted(
                  e.getOriginalMessage().replaceFirst(" \\(start marker.*", ""),
                  JsonCodec.shortened(payload)),
          e);
    } catch (IOException e) {
      throw new BadEventException("a payload cannot be read: " + e.getMessage(), e);
    }
  }

  /** Appends drafts; the thread that gets the lock commits for all that wait. */
  public List<Event> append(List<Draft> drafts) {
    if (drafts.isEmpty()) {
      return List.of();
    }
    var mine = new Waiting(drafts);
    synchronized (queue) {
      queue.add(mine);
    }
    writing.lock();
    try {
      while (mine.events == null && mine.failure == null) {
        appendTogether(nextWaiting());
      }
    } finally {
      writing.unlock();
    }
    if (mine.failure != null) {
      throw mine.failure;
    }
    return mine.events;
  }

  private List<Waiting> nextWaiting() {
    var some = new ArrayList<Waiting>();
    synchronized (queue) {
      int size = 0;
      while (!queue.isEmpty()
          && (some.isEmpty() || size + queue.peek().drafts.size() <= MOST_AT_ONCE)) {
        var waiting = queue.poll();
        size += waiting.drafts.size();
        some.add(waiting);
      }
    }
    return some;
  }

  private void appendTogether(List<Waiting> some) {
    try {
      var events =
          commit(
              work -> {
                var head = work.heads.get(node);
                long offset = head == null ? 0 : head.offset() + 1;
                var time = clock.instant().truncatedTo(ChronoUnit.MICROS);
                var each = new ArrayList<List<Event>>();
                for (var waiting : some) {
                  var list = new ArrayList<Event>(waiting.drafts.size());
                  for (var draft : waiting.drafts) {
                    if (work.lamport >= LAST_LAMPORT) {
                      throw new BadEventException(
                          "the Lamport clock of node %s has come to its end".formatted(node));
                    }
                    var event =
                        new Event(
                            node,
                            offset++,
                            work.lamport + 1,
                            time,
                            draft.tags(),
                            oneLine(draft.payload()),
                            true);
                    work.add(event);
                    list.add(event);
                  }
                  each.add(List.copyOf(list));
                }
                return each;
              });
      for (int i = 0; i < some.size(); i++) {
        some.get(i).events = events.get(i);
      }
    } catch (RuntimeException e) {
      some.forEach(waiting -> waiting.failure = e);
    }
  }

  /** Line breaks stand only between the tokens of a JSON text. */
  private static String oneLine(String payload) {
    return payload.indexOf('\n') < 0 && payload.indexOf('\r') < 0
        ? payload
        : payload.replace('\n', ' ').replace('\r', ' ');
  }

  public Ingested ingest(List<Event> events) {
    writing.lock();
    try {
      return commit(work -> ingest(work, events));
    } finally {
      writing.unlock();
    }
  }

  /** Puts events of whole streams into a log that has none. */
  public void restore(List<Event> events) {
    var ordered = new ArrayList<>(events);
    ordered.sort(Comparator.comparing(Event::stream).thenComparing(Event::offset));
    writing.lock();
    try {
      commit(
          work -> {
            ordered.forEach(work::add);
            return null;
          });
    } finally {
      writing.unlock();
    }
  }

  private Ingested ingest(Work work, List<Event> events) {
    int known = 0;
    var refused = new ArrayList<Ingested.Refused>();
    var missing = new TreeSet<String>();
    var fresh = new HashMap<String, Map<Long, Event>>();
    try (var view = new CutView(store.read(), node)) {
      for (var given : events) {
        var why = malformed(given);
        if (why != null) {
          refused.add(new Ingested.Refused(given, why));
          continue;
        }
        var event =
            new Event(
                given.stream(),
                given.offset(),
                given.lamport(),
                given.time().truncatedTo(ChronoUnit.MICROS),
                given.tags(),
                oneLine(given.payload()),
                given.stream().equals(node));
        var head = work.heads.get(event.stream());
        long next = head == null ? 0 : head.offset() + 1;
        if (event.offset() < next) {
          var added = fresh.getOrDefault(event.stream(), Map.of()).get(event.offset());
          var there = added != null ? added : view.at(event.stream(), event.offset()).orElse(null);
          if (there == null || there.hasContentOf(event)) {
            known++;
          } else {
            refused.add(
                new Ingested.Refused(
                    event,
                    "event %s/%d is in the log with other content: two nodes write as %s"
                        .formatted(event.stream(), event.offset(), event.stream())));
          }
        } else if (event.stream().equals(node)) {
          refused.add(
              new Ingested.Refused(
                  event,
                  ("event %s/%d was not appended here, though this node is %s: another node has its"
                          + " name, or this log is an old copy. Give this log a node of its own")
                      .formatted(node, event.offset(), node)));
        } else if (event.offset() > next) {
          missing.add("events %d to %d of %s".formatted(next, event.offset() - 1, event.stream()));
        } else if (head != null && event.lamport() <= head.lamport()) {
          refused.add(
              new Ingested.Refused(
                  event,
                  "event %s/%d has Lamport time %d, and the one before it %d: the clock of its node ran backwards"
                      .formatted(event.stream(), event.offset(), event.lamport(), head.lamport())));
        } else {
          work.add(event);
          fresh.computeIfAbsent(event.stream(), s -> new HashMap<>()).put(event.offset(), event);
        }
      }
    }
    var now = clock.instant();
    for (var each : refused) {
      quarantine(work.commit, each, now);
    }
    return new Ingested((int) work.added, known, List.copyOf(refused), List.copyOf(missing));
  }

  private static String malformed(Event event) {
    try {
      checkStream(event.stream());
      checkPayload(event.payload());
      new Draft(event.tags(), event.payload());
      dev.weir.pond.Where.tags(event.tags().toArray(String[]::new));
    } catch (BadEventException e) {
      return e.getMessage();
    }
    if (!event.tags().equals(List.copyOf(new TreeSet<>(event.tags())))) {
      return "its tags are not sorted";
    }
    if (event.offset() < 0) {
      return "its offset %d is negative".formatted(event.offset());
    }
    if (event.lamport() < 0 || event.lamport() > LAST_LAMPORT) {
      return "its Lamport time %d is out of range".formatted(event.lamport());
    }
    if (event.time().isBefore(Instant.parse("0000-01-01T00:00:00Z"))
        || event.time().isAfter(Instant.parse("9999-12-31T23:59:59Z"))) {
      return "its time %s is out of range".formatted(event.time());
    }
    return null;
  }

  private static void quarantine(Commit.Builder commit, Ingested.Refused refused, Instant now) {
    var event = refused.event();
    var line = EventText.write(event);
    commit.put(
        LogTables.QUARANTINE,
        String.valueOf(event.stream()),
        event.offset(),
        sha256(line),
        event.lamport(),
        String.valueOf(event.time()),
        String.valueOf(event.tags()),
        line,
        refused.why(),
        now);
  }

  static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public List<Ingested.Refused> quarantined() {
    var list = new ArrayList<Ingested.Refused>();
    try (var cut = store.read();
        var rows = cut.scan(LogTables.QUARANTINE)) {
      while (rows.hasNext()) {
        var row = rows.next();
        list.add(new Ingested.Refused(read(row.text(6)), row.text(7)));
      }
    }
    return list;
  }

  private Event read(String line) {
    try {
      return EventText.read(line, node);
    } catch (BadEventException | DateTimeParseException e) {
      return new Event("?", 0, 0, Instant.EPOCH, List.of(), line, false);
    }
  }

  /** Removes the events of a stream below an offset, some thousands at a time. */
  public long remove(String stream, long below) {
    writing.lock();
    try {
      long removed = 0;
      while (true) {
        int some = commit(work -> remove(work, stream, below));
        if (some == 0) {
          return removed;
        }
        removed += some;
      }
    } finally {
      writing.unlock();
    }
  }

  private int remove(Work work, String stream, long below) {
    var head = work.heads.get(stream);
    if (head == null) {
      return 0;
    }
    long to = Math.min(Math.min(below, head.offset() + 1), head.floor() + MOST_AT_ONCE);
    int count = 0;
    try (var view = new CutView(store.read(), node)) {
      for (long offset = head.floor(); offset < to; offset++) {
        var event = view.at(stream, offset).orElse(null);
        if (event != null) {
          work.commit.delete(LogTables.EVENT, stream, offset);
          event
              .tags()
              .forEach(tag -> work.commit.delete(LogTables.TAG, tag, stream, event.offset()));
          count++;
        }
      }
    }
    if (to > head.floor()) {
      work.heads.put(stream, new Head(head.offset(), head.lamport(), to));
      work.touched.add(stream);
    }
    return count;
  }

  private <T> T commit(Task<T> task) {
    for (int tries = 1; ; tries++) {
      boolean done = false;
      try {
        if (claim == null) {
          claim = claim();
        }
        var work = new Work();
        work.heads.putAll(claim.heads);
        work.lamport = claim.lamport;
        T result = task.run(work);
        for (var stream : work.touched) {
          var head = work.heads.get(stream);
          work.commit.put(LogTables.STREAM, stream, head.offset(), head.lamport(), head.floor());
        }
        var commit = work.commit.build();
        if (!commit.isEmpty()) {
          claim.writer.commit(claim.position + work.added, commit);
          claim.position += work.added;
          claim.heads.putAll(work.heads);
          claim.lamport = work.lamport;
        }
        done = true;
        return result;
      } catch (SupersededException e) {
        if (tries == TRIES) {
          throw e;
        }
        giveWay(tries, e);
      } finally {
        if (!done) {
          endClaim();
        }
      }
    }
  }

  /** Waits at random, longer each time, so that those who take turns meet less. */
  private static void giveWay(int tries, SupersededException e) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(1, 2 + Math.min(tries, LONGEST_MILLIS)));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw e;
    }
  }

  private Claim claim() {
    var claimed = new Claim(store.claim(SUBJECT));
    try (var cut = store.read();
        var rows = cut.scan(LogTables.STREAM)) {
      claimed.position = cut.position(SUBJECT).map(Store.Position::position).orElse(0L);
      while (rows.hasNext()) {
        var row = rows.next();
        claimed.heads.put(row.text(0), new Head(row.integer(1), row.integer(2), row.integer(3)));
        claimed.lamport = Math.max(claimed.lamport, row.integer(2));
      }
    }
    return claimed;
  }

  private void endClaim() {
    if (claim != null) {
      claim.writer.close();
      claim = null;
    }
  }

  @Override
  public void close() {
    writing.lock();
    try {
      endClaim();
    } finally {
      writing.unlock();
    }
  }
}
