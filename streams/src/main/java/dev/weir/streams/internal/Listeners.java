package dev.weir.streams.internal;

import java.util.HashMap;
import java.util.Map;

/** The listeners of one job: streams at one address share one. Thread-safe. */
final class Listeners {

  private final Map<Urls.Address, Listener> listeners = new HashMap<>();

  /** The listener at an address, which is opened when it is first used. */
  synchronized Listener at(Urls.Address address, String token) {
    return listeners.computeIfAbsent(address, a -> new Listener(a, token));
  }
}
