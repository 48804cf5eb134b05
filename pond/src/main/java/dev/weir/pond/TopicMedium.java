package dev.weir.pond;

import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * A topic of a message broker that keeps what is appended to it, as the place where nodes leave
 * events for each other: an event a message, as in {@link EventLine}. Two nodes that are never
 * there at the same time exchange events by it. A message that is no event, or not the next of its
 * stream, is passed over; one that is there twice counts once.
 *
 * <p>Reads the whole topic once, and then what is new; keeps its events in memory. One thread at a
 * time.
 */
public final class TopicMedium implements Medium {

  /** A message; those of one key keep their order. */
  public record Message(String key, String text) {}

  /** What a broker has to do. One thread at a time. */
  public interface Topic extends AutoCloseable {

    /**
     * The messages that came since the last call, at first all that there are; none if nothing is
     * new.
     */
    List<String> fresh();

    /** Appends messages; they are durable when it returns. */
    void append(List<Message> messages);

    @Override
    void close();
  }

  private final Topic topic;
  private final List<String> strange = new ArrayList<>();
  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final EventLog seen = EventLog.open(store, Clock.systemUTC(), new SecureRandom());
  private boolean doubtful;

  public TopicMedium(Topic topic) {
    this.topic = topic;
  }

  /** Messages that are no events, and why; those of events that do not fit among others too. */
  public List<String> strange() {
    return List.copyOf(strange);
  }

  private void look() {
    if (doubtful) {
      throw new PondException(
          "whether the topic has what was sent last is not known; open it again");
    }
    for (var fresh = topic.fresh(); !fresh.isEmpty(); fresh = topic.fresh()) {
      var events = new ArrayList<Event>(fresh.size());
      for (var text : fresh) {
        try {
          events.add(EventLine.read(text));
        } catch (BadEventException e) {
          strange.add(e.getMessage());
        }
      }
      var result = seen.ingest(events);
      result.refused().forEach(refused -> strange.add(refused.why()));
      strange.addAll(result.missing());
    }
  }

  @Override
  public Offsets present() {
    look();
    return seen.present();
  }

  @Override
  public List<Event> read(Offsets known, int limit) {
    look();
    return seen.read(known, limit);
  }

  @Override
  public Ingested write(List<Event> events) {
    look();
    var before = seen.present();
    var result = seen.ingest(events);
    var refused = new HashSet<Event>();
    result.refused().forEach(each -> refused.add(each.event()));
    var messages = new ArrayList<Message>();
    var now = seen.present();
    for (var event : events) {
      if (event.offset() > before.of(event.stream())
          && event.offset() <= now.of(event.stream())
          && !refused.contains(event)) {
        messages.add(new Message(event.stream(), EventLine.write(event)));
      }
    }
    doubtful = true;
    topic.append(messages);
    doubtful = false;
    return result;
  }

  @Override
  public void close() {
    store.close();
    topic.close();
  }
}
