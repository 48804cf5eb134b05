package dev.weir.pond;

import java.util.ArrayList;
import java.util.List;

/**
 * Brings two logs to the same events, by the offsets that each has. Nothing has to be remembered
 * between two exchanges, however long the nodes were apart: one that was cut off is made up by the
 * next.
 */
public final class Exchange {

  private static final int PAGE = 1_000;

  private Exchange() {}

  /**
   * What was exchanged.
   *
   * @param received events that are new here
   * @param sent events that are new there
   * @param refused events that either put aside, and why
   */
  public record Result(long received, long sent, List<Ingested.Refused> refused) {}

  /**
   * Takes what the other log has and gives what it lacks.
   *
   * @throws PondException when the medium fails; what was exchanged before stays
   */
  public static Result sync(EventLog log, Medium other) {
    return sync(log, other, PAGE);
  }

  static Result sync(EventLog log, Medium other, int page) {
    var refused = new ArrayList<Ingested.Refused>();
    long received = 0;
    while (true) {
      var events = other.read(log.present(), page);
      var result = log.ingest(events);
      received += result.added();
      refused.addAll(result.refused());
      if (result.added() == 0) {
        break;
      }
    }
    long sent = 0;
    var known = other.present();
    while (true) {
      var events = log.read(known, page);
      if (events.isEmpty()) {
        break;
      }
      var result = other.write(events);
      sent += result.added();
      refused.addAll(result.refused());
      var now = other.present();
      if (now.beyond(known) == 0) {
        break;
      }
      known = now;
    }
    return new Result(received, sent, List.copyOf(refused));
  }
}
