package dev.weir.pond.internal;

import dev.weir.pond.Event;
import dev.weir.pond.EventCursor;
import dev.weir.pond.EventKey;
import dev.weir.pond.LogView;
import dev.weir.pond.Offsets;
import dev.weir.pond.Where;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A log as a cut of its store shows it. */
public final class CutView implements LogView {

  /** Below so many events they are read one after the other, whatever is asked for. */
  private static final long FEW = 256;

  /** Finding an event by its tag costs as much as reading so many. */
  private static final long TAG_COST = 8;

  private final Cut cut;
  private final String node;
  private final TagTexts tags = new TagTexts();
  private final Offsets present;
  private final Offsets floors;

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

  Cut cut() {
    return cut;
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

  private EventCursor read(Offsets known, Where where, boolean reverse) {
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
  public long firstFrom(String stream, Instant time) {
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
  public Optional<Event> at(String stream, long offset) {
    return cut.get(LogTables.EVENT, stream, offset).map(this::event);
  }

  private Event event(Row row) {
    return LogTables.event(row, tags, node);
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
  public void close() {
    cut.close();
  }

  /** A stream read event by event. */
  private final class Scanned extends MergedCursor.Part {
    private final Where where;
    private final boolean everything;
    private final Cut.Rows rows;

    Scanned(String stream, Where where, long first, boolean reverse) {
      super(stream);
      this.where = where;
      this.everything = where.equals(Where.allEvents());
      this.rows = cut.range(LogTables.EVENT, Row.of(stream), first, null, reverse);
    }

    @Override
    void advance() {
      while (rows.hasNext()) {
        var event = event(rows.next());
        if (everything || where.matches(event)) {
          next = event;
          return;
        }
      }
      next = null;
    }

    @Override
    void close() {
      rows.close();
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
      while (true) {
        Long nearest = null;
        for (var offset : offsets) {
          if (offset != null
              && (nearest == null || (reverse ? offset > nearest : offset < nearest))) {
            nearest = offset;
          }
        }
        if (nearest == null) {
          next = null;
          return;
        }
        for (int i = 0; i < rows.size(); i++) {
          if (nearest.equals(offsets.get(i))) {
            offsets.set(i, rows.get(i).hasNext() ? rows.get(i).next().integer(2) : null);
          }
        }
        var event = at(stream, nearest).orElse(null);
        if (event != null && where.matches(event)) {
          next = event;
          return;
        }
      }
    }

    @Override
    void close() {
      rows.forEach(Cut.Rows::close);
    }
  }
}
