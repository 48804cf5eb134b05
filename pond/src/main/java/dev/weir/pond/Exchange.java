package dev.weir.pond;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

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
    var ours = log.present();
    for (var from = lowered(ours); ; from = log.present()) {
      var result = log.ingest(other.read(from, page + ours.byStream().size()));
      received += result.added();
      refused.addAll(result.refused());
      if (result.added() == 0) {
        break;
      }
    }
    long sent = 0;
    var theirs = other.present();
    for (var from = lowered(theirs); ; from = other.present()) {
      var events = log.read(from, page + theirs.byStream().size());
      if (events.isEmpty()) {
        break;
      }
      var result = other.write(events);
      sent += result.added();
      refused.addAll(result.refused());
      if (result.added() == 0) {
        break;
      }
    }
    return new Result(received, sent, List.copyOf(refused));
  }

  /**
   * One less of each stream: the last event that both should have is sent again, and shows where
   * two nodes write as one.
   */
  private static Offsets lowered(Offsets offsets) {
    var lower = new TreeMap<String, Long>();
    offsets.byStream().forEach((stream, offset) -> lower.put(stream, offset - 1));
    return new Offsets(lower);
  }
}
