package dev.weir.engine.internal;

import dev.weir.engine.Requests;
import dev.weir.engine.Requests.Request;
import dev.weir.state.Store;
import dev.weir.state.WeirException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What other processes ask of a run, from the first look to the answer. Every request gets one
 * answer: when what it changed is durable, when it is refused, or when the run ends.
 *
 * <p>Used by the coordinator of the run only.
 */
final class RequestDesk {

  private final Store store;
  private final Requests requests;
  private final String job;
  private final Set<String> seen = new HashSet<>();
  private final Map<String, Request> open = new HashMap<>();
  private final Map<String, Event.Answered> undurable = new LinkedHashMap<>();
  private long version = -1;

  RequestDesk(Store store, Requests requests, String job) {
    this.store = store;
    this.requests = requests;
    this.job = job;
  }

  /** Drops what was asked of earlier runs, before this one began, and never answered. */
  void open(Instant began) {
    requests.forget(job, began);
  }

  /** Requests that have come since the last call; cheap when the store has not changed. */
  List<Request> arrivals() {
    long now = store.version();
    if (now == version) {
      return List.of();
    }
    version = now;
    var arrivals = new ArrayList<Request>();
    for (var request : requests.pending(job)) {
      if (seen.add(request.id())) {
        open.put(request.id(), request);
        arrivals.add(request);
      }
    }
    return arrivals;
  }

  /** Keeps an operator's answer until the epoch that it belongs to is durable. */
  void keep(Event.Answered answer) {
    undurable.put(answer.request(), answer);
  }

  /** Gives the answers that wait for this epoch or an earlier one. */
  void durable(long epoch) {
    for (var answer : List.copyOf(undurable.values())) {
      if (answer.epoch() <= epoch) {
        undurable.remove(answer.request());
        reply(answer.request(), answer.done(), answer.answer());
      }
    }
  }

  void reply(String id, boolean granted, Object answer) {
    var request = open.remove(id);
    if (request != null) {
      requests.reply(request, granted, answer);
    }
  }

  /** Refuses whatever is still open. */
  void refuseAll(String why) {
    for (var id : List.copyOf(open.keySet())) {
      try {
        reply(id, false, why);
      } catch (WeirException ignored) {
        // The store is what failed: who asked learns from the end of the run.
        open.remove(id);
      }
    }
  }
}
