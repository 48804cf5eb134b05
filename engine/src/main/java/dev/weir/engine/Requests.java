package dev.weir.engine;

import dev.weir.engine.internal.JobTables;
import dev.weir.graph.BadRequestException;
import dev.weir.graph.Json;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * What other processes ask of a running job: rows of a table in its store, which the owner answers.
 * An answer is given when what was asked is durable.
 *
 * <p>Thread-safe.
 */
public final class Requests {

  /**
   * Asks a run how it goes. The answer, which changes nothing and so waits for no commit, has the
   * figures of the {@code run}, of its {@code nodes} (counts as in {@link Job#stats}, and rates)
   * and of its {@code edges} (how full their queues are).
   */
  public static final String FIGURES = "figures";

  private static final int JOB = 1;
  private static final int VERB = 2;
  private static final int ARGUMENTS = 3;
  private static final int MADE = 4;
  private static final int STATUS = 5;
  private static final int ANSWER = 6;

  private final Store store;
  private final Clock clock;

  public Requests(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
    JobTables.declare(store);
  }

  /**
   * A request as its owner sees it.
   *
   * @param arguments JSON values by name
   */
  public record Request(String id, String verb, Map<String, Object> arguments) {}

  /**
   * Asks, and waits for the answer.
   *
   * @param alive whether the owner still runs
   * @return the answer, a JSON value
   * @throws BadRequestException when the owner refused, has ended, or did not answer in time
   */
  public Object ask(
      String job,
      String verb,
      Map<String, Object> arguments,
      Duration patience,
      BooleanSupplier alive)
      throws InterruptedException {
    var id = UUID.randomUUID().toString();
    var commit = Commit.builder();
    JobTables.request(commit, id, job, verb, arguments, clock.instant());
    store.commit(commit.build());
    try {
      long deadline = System.nanoTime() + patience.toNanos();
      while (true) {
        boolean running = alive.getAsBoolean();
        var answer = answer(job, id);
        if (answer.isPresent()) {
          return answer.get().orThrow(job);
        }
        if (!running) {
          throw new BadRequestException(
              "job '" + job + "' ended before it could " + verb + "; see: weir job inspect " + job);
        }
        if (System.nanoTime() > deadline) {
          throw new BadRequestException(
              "job '"
                  + job
                  + "' has not answered '"
                  + verb
                  + "' within "
                  + patience.toSeconds()
                  + " s; it may be busy with one record: see weir job inspect "
                  + job);
        }
        Thread.sleep(20);
      }
    } finally {
      store.commit(Commit.builder().delete(JobTables.REQUEST, id).build());
    }
  }

  /** What waits for an answer, oldest first. */
  public List<Request> pending(String job) {
    var rows = new ArrayList<Row>();
    try (var cut = store.read();
        var scan =
            cut.scan(JobTables.REQUEST, JobTables.REQUEST.indexes().get(0), job, "waiting")) {
      scan.forEachRemaining(rows::add);
    }
    rows.sort(java.util.Comparator.comparing(row -> row.instant(MADE)));
    var requests = new ArrayList<Request>();
    for (var row : rows) {
      @SuppressWarnings("unchecked")
      var arguments = (Map<String, Object>) Json.parse(row.text(ARGUMENTS));
      requests.add(new Request(row.text(0), row.text(VERB), arguments));
    }
    return requests;
  }

  /** Answers a request; one whose asker has gone is forgotten. */
  public void reply(Request request, boolean done, Object answer) {
    try (var cut = store.read()) {
      var row = cut.get(JobTables.REQUEST, request.id());
      if (row.isPresent()) {
        var r = row.get();
        store.commit(
            Commit.builder()
                .put(
                    JobTables.REQUEST,
                    r.text(0),
                    r.text(JOB),
                    r.text(VERB),
                    r.text(ARGUMENTS),
                    r.instant(MADE),
                    done ? "done" : "refused",
                    Json.toText(answer))
                .build());
      }
    }
  }

  /** Drops what was asked before this time, of earlier runs, and never answered. */
  public void forget(String job, Instant before) {
    var commit = Commit.builder();
    try (var cut = store.read();
        var scan = cut.scan(JobTables.REQUEST)) {
      while (scan.hasNext()) {
        var row = scan.next();
        if (row.text(JOB).equals(job) && row.instant(MADE).isBefore(before)) {
          commit.delete(JobTables.REQUEST, row.text(0));
        }
      }
    }
    store.commit(commit.build());
  }

  private Optional<Answer> answer(String job, String id) {
    try (var cut = store.read()) {
      var row =
          cut.get(JobTables.REQUEST, id)
              .orElseThrow(
                  () ->
                      new BadRequestException(
                          "job '"
                              + job
                              + "' was starting again and dropped the request; repeat it"));
      return row.text(STATUS).equals("waiting")
          ? Optional.empty()
          : Optional.of(new Answer(row.text(STATUS).equals("done"), Json.parse(row.text(ANSWER))));
    }
  }

  private record Answer(boolean done, Object value) {
    Object orThrow(String job) {
      if (!done) {
        throw new BadRequestException("job '" + job + "' refused: " + value);
      }
      return value;
    }
  }
}
