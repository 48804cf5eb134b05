package dev.weir.streams.internal;

import java.util.Map;

/**
 * Where a stream of record sets is cut beside its set records; see {@link
 * dev.weir.streams.StreamSpec#inSets}. Immutable.
 *
 * @param watermark a set has at most so many records; null for any number
 * @param nagleMillis a set ends so long after its first record came; null for never
 */
record Batching(Long watermark, Long nagleMillis) {

  static final Batching NORMAL = new Batching(1000L, 500L);
  static final Batching SINGLE = new Batching(1L, null);
  static final Batching EXPLICIT = new Batching(null, null);

  Map<String, Object> toJson() {
    return Positions.of("watermark", watermark, "nagle-time", nagleMillis);
  }
}
