package dev.weir.engine.internal;

import java.util.LinkedHashMap;
import java.util.Map;

/** How long something took: the last time, on average, and at most. Thread-safe. */
final class Timing {

  private static final double NANOS_PER_MILLI = 1e6;

  private long count;
  private long last;
  private long total;
  private long longest;

  synchronized void took(long nanos) {
    count++;
    last = nanos;
    total += nanos;
    longest = Math.max(longest, nanos);
  }

  /** As a JSON value, times in milliseconds; they are missing while there is none. */
  synchronized Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("count", count);
    if (count > 0) {
      json.put("last-ms", millis(last));
      json.put("mean-ms", millis(total / count));
      json.put("max-ms", millis(longest));
    }
    return json;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / NANOS_PER_MILLI * 100) / 100.0;
  }
}
