package dev.weir.pond;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.pond.internal.CutView;
import dev.weir.pond.internal.LogTables;
import dev.weir.pond.internal.Swimmer;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A fish as an operator: events in on port 0, and after each that changes something the state out
 * on port 0.
 *
 * <p>A record that is an event as {@link EventLine} writes it is that event, however late it comes,
 * and one that is there already changes nothing; any other record becomes the payload of an event
 * of the job's own. The events are the operator's state, in its table {@code event}; they are kept
 * in memory too, and folded again when a run begins.
 */
public final class FishOperator implements Operator {

  /** The stream of the events that the job makes of records. */
  private static final String OWN = "job";

  /** The events that it has folded. */
  public static final StateTable.Schema EVENTS =
      new StateTable.Schema("event", LogTables.EVENT.columns(), 2, List.of());

  /**
   * A fish that is ready.
   *
   * @param end ends what executes it
   */
  public record Opened(Fish<?, ?> fish, Runnable end) {}

  /** Opens a fish, which may need a process of its own. */
  public interface Opening {
    /** Opens it; what it prints is told by the line. */
    Opened open(Consumer<String> printed);
  }

  private final Opening opening;
  private final List<String> tags;
  private final Clock clock;
  private OperatorContext context;
  private Opened opened;
  private StateTable events;
  private Store store;
  private EventLog log;
  private Swimmer<?, ?> swimmer;
  private long emitted;

  /**
   * @param tags of the events that are made of records
   */
  public FishOperator(Opening opening, List<String> tags, Clock clock) {
    this.opening = opening;
    this.tags = Tags.checked(tags);
    this.clock = clock;
  }

  @Override
  public void open(OperatorContext given) {
    context = given;
    events = context.table(EVENTS);
    opened = opening.open(context::log);
    store = Stores.open("memory:", clock);
    log = EventLog.open(store, OWN, clock);
    var all = new ArrayList<Event>();
    events.forEach(row -> all.add(LogTables.event(row, OWN)));
    log.restore(all);
    swimmer =
        new Swimmer<>(
            log, opened.fish(), report -> context.log(report.subject() + ": " + report.what()));
    try (var view = (CutView) log.view()) {
      swimmer.wake(view);
      swimmer.save();
    }
    checkAlive();
  }

  private void checkAlive() {
    if (swimmer.stopped() != null) {
      throw swimmer.stopped();
    }
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    if (batch.control() != null) {
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      var record = batch.get(i);
      for (var event : taken(record, batch.sequence(i))) {
        events.put(LogTables.row(event));
      }
      tell(swimmer, out);
      checkAlive();
    }
  }

  /** The events that the log has because of a record. */
  private List<Event> taken(Object record, long sequence) {
    var text = Json.toText(record);
    if (!(record instanceof Map<?, ?> map)
        || !map.keySet().containsAll(List.of("stream", "offset", "lamport", "time", "payload"))) {
      return log.append(new Draft(tags, text));
    }
    Event event;
    try {
      event = EventLine.read(text);
    } catch (BadEventException e) {
      reject(sequence, text, e.getMessage());
      return List.of();
    }
    var result = log.ingest(List.of(event));
    result.refused().forEach(refused -> reject(sequence, text, refused.why()));
    result.missing().forEach(missing -> reject(sequence, text, "before it are missing " + missing));
    if (result.added() == 0) {
      return List.of();
    }
    try (var view = log.view()) {
      return List.of(view.at(event.stream(), event.offset()).orElseThrow());
    }
  }

  private void reject(long sequence, String text, String why) {
    context.reject(new Rejection(Rejection.Reason.ENCODING, sequence, text, why));
  }

  private <S, E> void tell(Swimmer<S, E> fish, Emitter out) throws InterruptedException {
    Emission<S> emission;
    try (var view = (CutView) log.view()) {
      emission = fish.swim(view);
      fish.save();
    }
    if (emission != null) {
      var state = Json.parse(fish.fish().states().write(emission.state()));
      out.emit(0, Batch.of(++emitted, state));
    }
  }

  @Override
  public void close() {
    if (opened != null) {
      opened.end().run();
    }
    if (store != null) {
      store.close();
    }
  }
}
