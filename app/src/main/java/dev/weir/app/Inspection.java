package dev.weir.app;

import dev.weir.engine.Job;
import dev.weir.engine.JobRun;
import dev.weir.engine.JobStatus;
import dev.weir.engine.Requests;
import dev.weir.graph.BadRequestException;
import dev.weir.state.Secrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** All that is known of a job, as one JSON value. Stateless. */
final class Inspection {

  /** How long a running job may take to say how it goes; then the last commit must do. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final String ABOUT = "about";

  private Inspection() {}

  /** The options of a run with what its program is about, as they are kept with the job. */
  static Map<String, Object> withAbout(Map<String, Object> options, Map<String, Object> about) {
    var kept = new LinkedHashMap<>(options);
    kept.put(ABOUT, about);
    return kept;
  }

  /** What a running job says of itself now; empty when it does not answer. */
  static Optional<Map<String, Object>> live(
      Requests requests, String job, Function<String, Optional<String>> runner)
      throws InterruptedException {
    try {
      return Optional.of(
          object(
              requests.ask(
                  job, Requests.FIGURES, Map.of(), PATIENCE, () -> runner.apply(job).isPresent())));
    } catch (BadRequestException e) {
      // It has just ended, is between two attempts, or cannot reach its store.
      return Optional.empty();
    }
  }

  /**
   * Puts together what is known.
   *
   * @param status the job's status for people
   * @param failure why its last run failed
   * @param process the process that runs it now
   * @param live what it says of itself; empty to go by its last commit
   * @param runs its last runs, the newest first
   */
  static Map<String, Object> of(
      Job job,
      String status,
      Optional<String> failure,
      Optional<String> process,
      Optional<Map<String, Object>> live,
      List<JobRun> runs) {
    var figures = live.orElse(job.stats());
    var about = object(job.options().get(ABOUT));
    var run = object(figures.get("run"));
    var json = new LinkedHashMap<String, Object>();
    json.put("name", job.name());
    json.put("status", status);
    process.ifPresent(pid -> json.put("process", pid));
    json.put("live", live.isPresent());
    json.put("epoch", job.epoch());
    json.put("committed", job.epoch() == 0 ? null : job.committed().toString());
    json.put("program", job.program());
    json.put("version", job.version());
    json.put("run", job.run());
    json.put("started", job.started().toString());
    json.put("runs", runs.stream().map(Inspection::run).toList());
    json.put("failure", failure.orElse(null));
    json.put("owed", job.owed().orElse(null));
    json.put("restored", job.stats().get("restored"));
    json.put("guarantees", object(about.get("guarantees")));
    json.put("policies", object(about.get("policies")));
    json.put("slots", slots(about, figures));
    json.put("operators", operators(about, figures));
    json.put("figures", run);
    json.put("nodes", nodes(job.nodes(), object(about.get("nodes")), figures));
    json.put("connections", connections(about, figures));
    json.put("positions", withoutPasswords(job.positions()));
    var options = new LinkedHashMap<>(job.options());
    options.remove(ABOUT);
    json.put("options", withoutPasswords(options));
    return json;
  }

  private static Map<String, Object> run(JobRun run) {
    var json = new LinkedHashMap<String, Object>();
    json.put("run", run.run());
    json.put("restart", run.restart());
    json.put("order", run.order());
    json.put("kind", run.kind().word());
    json.put("failures", (long) run.failures());
    json.put("epoch", run.epoch());
    json.put("started", run.started().toString());
    json.put("ended", run.ended().map(Object::toString).orElse(null));
    json.put("outcome", run.outcome().map(JobStatus::word).orElse(null));
    json.put("failure", run.failure().orElse(null));
    return json;
  }

  private static Object withoutPasswords(Object json) {
    if (json instanceof String text) {
      return Secrets.hidden(text);
    }
    if (!(json instanceof Map<?, ?>)) {
      return json;
    }
    var shown = new LinkedHashMap<>(object(json));
    shown.replaceAll((name, value) -> withoutPasswords(value));
    return shown;
  }

  /** The names of a job's operators, if they are known. */
  static List<String> operators(Job job) {
    return list(object(job.options().get(ABOUT)).get("operators")).stream()
        .map(String.class::cast)
        .toList();
  }

  /** Whether a run of a job always begins at the start. */
  static boolean fromStart(Job job) {
    return Boolean.TRUE.equals(
        object(object(job.options().get(ABOUT)).get("policies")).get("from-start"));
  }

  /** The operators, each with its runners and how much state it has. */
  private static Map<String, Object> operators(
      Map<String, Object> about, Map<String, Object> figures) {
    var operators = new LinkedHashMap<String, Object>();
    for (var name : list(about.get("operators"))) {
      var figure = object(object(figures.get("nodes")).get(name));
      var json = new LinkedHashMap<String, Object>();
      json.put("runners", list(figure.get("runners")));
      json.put("lease-hand-overs", figure.get("lease-hand-overs"));
      json.put("state", state(figure));
      operators.put((String) name, json);
    }
    return operators;
  }

  /** The slots of a model, each with its stream and what has passed it. */
  private static List<Object> slots(Map<String, Object> about, Map<String, Object> figures) {
    var nodes = object(figures.get("nodes"));
    var operator = object(nodes.get(Program.MODEL));
    var slots = new ArrayList<Object>();
    for (var declared : list(about.get("slots"))) {
      var slot = new LinkedHashMap<>(object(declared));
      long number = (Long) slot.get("slot");
      boolean input = number % 2 == 0;
      var stream = object(nodes.get(slot.get("node")));
      var port =
          object(object(operator.get(input ? "inputs" : "outputs")).get(Long.toString(number / 2)));
      slot.put("records", port.getOrDefault("records", 0L));
      if (figures.containsKey("edges")) {
        slot.put("rate", port.getOrDefault("rate", 0.0));
      }
      var rejected = new LinkedHashMap<String, Object>();
      // A source drops what it cannot decode: that never reaches the slot.
      if (input) {
        rejected.putAll(object(stream.get("rejected")));
      }
      rejected.putAll(object(port.get("rejected")));
      slot.put("rejected", rejected);
      list(figures.get("edges")).stream()
          .map(Inspection::object)
          .filter(
              edge ->
                  edge.get(input ? "from" : "to").equals(slot.get("node"))
                      && edge.get(input ? "in-port" : "out-port").equals(number / 2))
          .findFirst()
          .ifPresent(
              edge -> {
                slot.put("queued", edge.get("queued"));
                slot.put("room", edge.get("room"));
              });
      slots.add(slot);
    }
    return slots;
  }

  /** The connections of a graph, each with what has passed it and what waits in it. */
  private static List<Object> connections(Map<String, Object> about, Map<String, Object> figures) {
    var edges = list(figures.get("edges")).stream().map(Inspection::object).toList();
    var connections = new ArrayList<Object>();
    for (var declared : list(about.get("connections"))) {
      var json = new LinkedHashMap<>(object(declared));
      var from = object(object(figures.get("nodes")).get(json.get("from")));
      var port = object(object(from.get("outputs")).get(String.valueOf(json.get("out-port"))));
      json.put("records", port.getOrDefault("records", 0L));
      if (figures.containsKey("edges")) {
        json.put("rate", port.getOrDefault("rate", 0.0));
      }
      edges.stream()
          .filter(
              edge ->
                  List.of("from", "out-port", "to", "in-port").stream()
                      .allMatch(name -> edge.get(name).equals(json.get(name))))
          .findFirst()
          .ifPresent(
              edge -> {
                json.put("records", edge.get("records"));
                json.put("queued", edge.get("queued"));
                json.put("room", edge.get("room"));
                json.put("bytes", edge.get("bytes"));
              });
      connections.add(json);
    }
    return connections;
  }

  /** How much state there is: rows of each table, cells, keys of each pool. */
  private static Map<String, Object> state(Map<String, Object> operator) {
    var state = new LinkedHashMap<String, Object>();
    state.put("rows", object(operator.get("rows")));
    state.putAll(object(operator.get("state")));
    return state;
  }

  private static Map<String, Object> nodes(
      Map<String, String> described, Map<String, Object> about, Map<String, Object> figures) {
    var nodes = new LinkedHashMap<String, Object>();
    described.forEach(
        (node, what) -> {
          var json = new LinkedHashMap<String, Object>();
          var own = object(about.get(node));
          if (own.containsKey("type")) {
            json.put("type", own.get("type"));
          }
          json.put("what", Secrets.hidden(String.valueOf(own.getOrDefault("what", what))));
          json.putAll(object(object(figures.get("nodes")).get(node)));
          nodes.put(node, json);
        });
    return nodes;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object json) {
    return json instanceof Map<?, ?> ? (Map<String, Object>) json : Map.of();
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object json) {
    return json instanceof List<?> ? (List<Object>) json : List.of();
  }
}
