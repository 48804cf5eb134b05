package dev.weir.pond.internal;

import dev.weir.pond.Event;
import dev.weir.pond.EventCursor;
import dev.weir.pond.EventKey;
import dev.weir.pond.LogView;
import dev.weir.pond.Offsets;
import dev.weir.pond.Where;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * A log as a cut of its store shows it. Where many events are read, those to come are read by a
 * thread of its own while the ones before are used; a lock lets one thread at a time at the cut.
 */
public final class CutView implements LogView {

  /** So many events are read at once. */
  private static final int PAGE = 1_000;

  private static final int FIRST_PAGE = 16;

  /** Below so many events they are read one after the other, whatever is asked for. */
  private static final long FEW = 256;

  /** Finding an event by its tag costs as much as reading so many. */
  private static final long TAG_COST = 8;

  private final Cut cut;
  private final String node;
  private final TagTexts tags = new TagTexts();
  private final Offsets present;
  private final Offsets floors;
  private ExecutorService reader;

  public CutView(Cut cut, String node) {
    this.cut = cut;
    this.node = node;
    var heads = new TreeMap<String, Long>();
    var firsts = new TreeMap<String, Long>();
    try (var rows = cut.scan(LogTables.STREAM)) {
      rows.forEachRemaining(
          row -> {
            heads.put(row.text(0), row.integer(1));
            if (row.integer(3) > 0) {
              firsts.put(row.text(0), row.integer(3));
            }
          });
    }
    this.present = new Offsets(heads);
    this.floors = new Offsets(firsts);
  }

  /** The rows of a table whose key begins with these values. */
  public synchronized List<Row> rows(Table table, Object... prefix) {
    var all = new ArrayList<Row>();
    try (var rows = cut.scan(table, prefix)) {
      rows.forEachRemaining(all::add);
    }
    return all;
  }

  @Override
  public Offsets present() {
    return present;
  }

  @Override
  public Offsets floors() {
    return floors;
  }

  @Override
  public EventCursor after(Offsets known, Where where) {
    return read(known, where, false);
  }

  @Override
  public EventCursor backwards(Where where) {
    return read(Offsets.NONE, where, true);
  }

  private synchronized EventCursor read(Offsets known, Where where, boolean reverse) {
    var byTag = tagsToFollow(known, where);
    var parts = new ArrayList<MergedCursor.Part>();
    for (var stream : present.byStream().keySet()) {
      long first = known.of(stream) + 1;
      var asked =
          where.alternatives().stream().filter(all -> !all.local() || stream.equals(node)).toList();
      if (first <= present.of(stream) && !asked.isEmpty()) {
        parts.add(
            byTag == null
                ? new Scanned(stream, where, first, reverse)
                : new Tagged(stream, where, byTag, first, reverse));
      }
    }
    return new MergedCursor(present, parts, reverse);
  }

  /** Tags one of which every wanted event carries, if following them costs less; or null. */
  private List<String> tagsToFollow(Offsets known, Where where) {
    long all = present.beyond(known);
    if (all <= FEW) {
      return null;
    }
    var chosen = new ArrayList<String>();
    long budget = all / TAG_COST;
    for (var each : where.alternatives()) {
      String best = null;
      long least = budget + 1;
      for (var tag : each.tags()) {
        long count = count(tag, known, least);
        if (count < least) {
          least = count;
          best = tag;
        }
      }
      if (best == null) {
        return null;
      }
      if (!chosen.contains(best)) {
        chosen.add(best);
      }
      budget -= least;
    }
    return chosen;
  }

  /** How many events beyond the offsets carry the tag; counts no further than the limit. */
  private long count(String tag, Offsets known, long limit) {
    long count = 0;
    for (var stream : present.byStream().keySet()) {
      long first = known.of(stream) + 1;
      if (first <= present.of(stream)) {
        try (var rows = cut.range(LogTables.TAG, Row.of(tag, stream), first, null, false)) {
          for (; count < limit && rows.hasNext(); rows.next()) {
            count++;
          }
        }
      }
    }
    return count;
  }

  /**
   * The offset of the first event of a stream that is not before a time; one past the end if none.
   */
  public synchronized long firstFrom(String stream, Instant time) {
    long last = -1;
    try (var rows = cut.range(LogTables.EVENT, Row.of(stream), null, null, false)) {
      while (rows.hasNext()) {
        var row = rows.next();
        last = row.integer(1);
        if (!row.instant(3).isBefore(time)) {
          return last;
        }
      }
    }
    return last + 1;
  }

  @Override
  public synchronized Optional<Event> at(String stream, long offset) {
    return cut.get(LogTables.EVENT, stream, offset).map(this::event);
  }

  private Event event(Row row) {
    return LogTables.event(row, tags.list(LogTables.tags(row)), node);
  }

  @Override
  public Optional<Event> find(EventKey key) {
    long low = Math.max(0, floors.of(key.stream()));
    long high = present.of(key.stream());
    while (low <= high) {
      long middle = (low + high) >>> 1;
      var event = at(key.stream(), middle).orElse(null);
      if (event == null || event.lamport() < key.lamport()) {
        low = middle + 1;
      } else if (event.lamport() > key.lamport()) {
        high = middle - 1;
      } else {
        return Optional.of(event);
      }
    }
    return Optional.empty();
  }

  @Override
  public synchronized void close() {
    if (reader != null) {
      reader.shutdown();
    }
    cut.close();
  }

  private CompletableFuture<List<Event>> later(Supplier<List<Event>> reading) {
    if (reader == null) {
      reader =
          Executors.newSingleThreadExecutor(
              task -> {
                var thread = new Thread(task, "weir-pond-read-ahead");
                thread.setDaemon(true);
                return thread;
              });
    }
    return CompletableFuture.supplyAsync(reading, reader);
  }

  private static <T> T result(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** A stream read page by page: the first is small, since it may be all that is wanted. */
  private final class Scanned extends MergedCursor.Part {
    private final Where where;
    private final boolean everything;
    private final Cut.Rows rows;
    private final boolean many;
    private List<Event> page = List.of();
    private int at;
    private boolean began;
    private boolean closed;
    private volatile boolean ended;
    private CompletableFuture<List<Event>> following;

    Scanned(String stream, Where where, long first, boolean reverse) {
      super(stream);
      this.where = where;
      this.everything = where.equals(Where.allEvents());
      this.many = present.of(stream) - first > 2 * PAGE;
      this.rows = cut.range(LogTables.EVENT, Row.of(stream), first, null, reverse);
    }

    @Override
    void advance() {
      while (at == page.size()) {
        if (following == null && ended) {
          next = null;
          return;
        }
        page = following != null ? result(following) : page(began ? PAGE : FIRST_PAGE);
        at = 0;
        following = many && began && !ended ? later(() -> page(PAGE)) : null;
        began = true;
      }
      next = page.get(at++);
    }

    /** The wanted ones of the next events; reads so many of them at most. */
    private List<Event> page(int size) {
      synchronized (CutView.this) {
        var events = new ArrayList<Event>(size);
        for (int i = 0; i < size && !closed && !ended; i++) {
          if (rows.hasNext()) {
            var event = everything ? LogTables.event(rows.next(), node) : event(rows.next());
            if (everything || where.matches(event)) {
              events.add(event);
            }
          } else {
            ended = true;
          }
        }
        return events;
      }
    }

    @Override
    void close() {
      synchronized (CutView.this) {
        closed = true;
        rows.close();
      }
    }
  }

  /** The events of a stream that carry one of some tags. */
  private final class Tagged extends MergedCursor.Part {
    private final Where where;
    private final boolean reverse;
    private final List<Cut.Rows> rows = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>();

    Tagged(String stream, Where where, List<String> followed, long first, boolean reverse) {
      super(stream);
      this.where = where;
      this.reverse = reverse;
      for (var tag : followed) {
        var found = cut.range(LogTables.TAG, Row.of(tag, stream), first, null, reverse);
        rows.add(found);
        offsets.add(found.hasNext() ? found.next().integer(2) : null);
      }
    }

    @Override
    void advance() {
      synchronized (CutView.this) {
        next = nextOne();
      }
    }

    private Event nextOne() {
      while (true) {
        Long nearest = null;
        for (var offset : offsets) {
          if (offset != null
              && (nearest == null || (reverse ? offset > nearest : offset < nearest))) {
            nearest = offset;
          }
        }
        if (nearest == null) {
          return null;
        }
        for (int i = 0; i < rows.size(); i++) {
          if (nearest.equals(offsets.get(i))) {
            offsets.set(i, rows.get(i).hasNext() ? rows.get(i).next().integer(2) : null);
          }
        }
        var event = at(stream, nearest).orElse(null);
        if (event != null && where.matches(event)) {
          return event;
        }
      }
    }

    @Override
    void close() {
      synchronized (CutView.this) {
        rows.forEach(Cut.Rows::close);
      }
    }
  }
}
