package dev.weir.pond;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far something knows each stream: the offset of the last event of it, inclusive. A stream that
 * is not named is not known at all. Immutable.
 */
public record Offsets(@JsonValue SortedMap<String, Long> byStream) {

  public static final Offsets NONE = new Offsets(new TreeMap<>());

  public Offsets {
    byStream = Collections.unmodifiableSortedMap(new TreeMap<>(byStream));
  }

  @JsonCreator
  public static Offsets of(Map<String, Long> byStream) {
    return new Offsets(new TreeMap<>(byStream));
  }

  /** The last known offset of a stream; -1 where none is known. */
  public long of(String stream) {
    return byStream.getOrDefault(stream, -1L);
  }

  /** Whether every event that these know is known by the others. */
  public boolean isWithin(Offsets others) {
    return byStream.entrySet().stream().allMatch(e -> e.getValue() <= others.of(e.getKey()));
  }

  /** The number of events that these know and the others do not. */
  public long beyond(Offsets others) {
    long beyond = 0;
    for (var each : byStream.entrySet()) {
      beyond += Math.max(0, each.getValue() - others.of(each.getKey()));
    }
    return beyond;
  }

  @Override
  public String toString() {
    return byStream.toString();
  }
}
