package dev.weir.pond.internal;

import dev.weir.pond.Event;
import dev.weir.pond.EventCursor;
import dev.weir.pond.Offsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * The events of several streams in the total order. Each stream is in order by itself, since its
 * Lamport times grow with its offsets.
 */
final class MergedCursor implements EventCursor {

  /** The events of one stream; the next one is looked at before it is taken. */
  abstract static class Part {
    final String stream;
    Event next;

    Part(String stream) {
      this.stream = stream;
    }

    /** Sets {@link #next}; null at the end. */
    abstract void advance();

    abstract void close();
  }

  private final Offsets heads;
  private final List<Part> parts;
  private final PriorityQueue<Part> queue;

  MergedCursor(Offsets heads, List<Part> parts, boolean reverse) {
    this.heads = heads;
    this.parts = new ArrayList<>(parts);
    Comparator<Part> order =
        (a, b) ->
            a.next.lamport() != b.next.lamport()
                ? Long.compare(a.next.lamport(), b.next.lamport())
                : a.stream.compareTo(b.stream);
    this.queue = new PriorityQueue<>(Math.max(1, parts.size()), reverse ? order.reversed() : order);
    for (var part : parts) {
      part.advance();
      if (part.next != null) {
        queue.add(part);
      }
    }
  }

  @Override
  public boolean hasNext() {
    return !queue.isEmpty();
  }

  @Override
  public Event peek() {
    var part = queue.peek();
    return part == null ? null : part.next;
  }

  @Override
  public Event next() {
    if (queue.isEmpty()) {
      throw new NoSuchElementException();
    }
    boolean alone = queue.size() == 1;
    var part = alone ? queue.peek() : queue.poll();
    var event = part.next;
    part.advance();
    if (part.next == null) {
      if (alone) {
        queue.clear();
      }
    } else if (!alone) {
      queue.add(part);
    }
    return event;
  }

  @Override
  public Offsets offsets() {
    var offsets = new TreeMap<>(heads.byStream());
    for (var part : parts) {
      if (part.next != null) {
        offsets.put(part.stream, part.next.offset() - 1);
      }
    }
    offsets.values().removeIf(offset -> offset < 0);
    return new Offsets(offsets);
  }

  @Override
  public void close() {
    queue.clear();
    parts.forEach(Part::close);
  }
}
