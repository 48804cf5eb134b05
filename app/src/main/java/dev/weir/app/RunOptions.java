package dev.weir.app;

import dev.weir.state.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a program is to be run. Kept with the job, so that {@code job resume} needs only the name.
 * What is empty is as the program says, else as usual.
 *
 * @param program the file
 * @param streams by slot, as given on the command line: even slots are read, odd ones written; only
 *     of a model
 * @param parameters values of a graph's parameters, as text
 * @param name the job's name; empty for the file's name without its ending
 * @param runners how many runners, at least 1
 * @param ordered whether outputs keep the order of inputs although there are several runners
 * @param append whether an output file is kept and added to
 * @param snapshots {@code none}, {@code eof} or a duration; empty for what the program says
 * @param keep how many snapshots the job keeps, 0 for all; empty for all
 * @param epoch the time between two commits; usually 1 second
 * @param timeLimit how long a runner may be silent
 * @param retries how many failures in a row are followed by another try; usually 3
 * @param retryDelay how long to wait before one; usually 1 second
 * @param errors what happens to records that cannot be used
 * @param fresh start over, whatever the last run left
 */
public record RunOptions(
    Path program,
    Map<Integer, String> streams,
    Map<String, String> parameters,
    Optional<String> name,
    int runners,
    boolean ordered,
    boolean append,
    Optional<String> snapshots,
    Optional<Integer> keep,
    Optional<Duration> epoch,
    Duration timeLimit,
    Optional<Integer> retries,
    Optional<Duration> retryDelay,
    ErrorPolicy errors,
    boolean fresh) {

  /** Standard input and output. */
  public static final String STANDARD = "-";

  public RunOptions {
    streams = Collections.unmodifiableMap(new TreeMap<>(streams));
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
  }

  /** The defaults: standard input to standard output, one runner, an epoch a second. */
  public static RunOptions of(Path program) {
    return new RunOptions(
        program,
        Map.of(),
        Map.of(),
        Optional.empty(),
        1,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(60),
        Optional.empty(),
        Optional.empty(),
        ErrorPolicy.FAIL,
        false);
  }

  /** The same with other streams. */
  RunOptions withStreams(Map<Integer, String> others) {
    return with(others, parameters);
  }

  /** The same with these values of a graph's parameters, which go before what is there. */
  public RunOptions setting(Map<String, String> values) {
    var all = new TreeMap<>(parameters);
    all.putAll(values);
    return withParameters(all);
  }

  /** The same with other parameters of a graph. */
  RunOptions withParameters(Map<String, String> others) {
    return with(streams, others);
  }

  private RunOptions with(Map<Integer, String> otherStreams, Map<String, String> otherParameters) {
    return new RunOptions(
        program,
        otherStreams,
        otherParameters,
        name,
        runners,
        ordered,
        append,
        snapshots,
        keep,
        epoch,
        timeLimit,
        retries,
        retryDelay,
        errors,
        fresh);
  }

  /** The stream of a slot: what is given, else {@code -} for slots 0 and 1. */
  public Optional<String> stream(int slot) {
    var given = Optional.ofNullable(streams.get(slot));
    return given.isEmpty() && slot < 2 ? Optional.of(STANDARD) : given;
  }

  /** The job's name: letters, digits and {@code . _ -}. */
  public String job() {
    var job = name.orElseGet(() -> withoutEnding(program.getFileName().toString()));
    checkName(job);
    return job;
  }

  static void checkName(String job) {
    if (!job.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")) {
      throw new CommandException(
          "'" + job + "' cannot be a job's name: use letters, digits and . _ - (option --name)");
    }
  }

  private static String withoutEnding(String file) {
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  /** As they are written on the command line behind {@code weir}, with the program's whole path. */
  List<String> arguments() {
    var arguments =
        new ArrayList<>(
            List.of("run", program.toAbsolutePath().normalize().toString(), "--name", job()));
    streams.forEach(
        (slot, stream) ->
            arguments.addAll(List.of(slot % 2 == 0 ? "--input" : "--output", slot + "=" + stream)));
    parameters.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    arguments.addAll(List.of("--runners", Integer.toString(runners)));
    if (ordered) {
      arguments.add("--ordered");
    }
    if (append) {
      arguments.add("--append");
    }
    snapshots.ifPresent(when -> arguments.addAll(List.of("--snapshots", when)));
    keep.ifPresent(newest -> arguments.addAll(List.of("--keep", newest.toString())));
    epoch.ifPresent(time -> arguments.addAll(List.of("--epoch", time.toMillis() + "ms")));
    arguments.addAll(List.of("--time-limit", timeLimit.toMillis() + "ms"));
    retries.ifPresent(times -> arguments.addAll(List.of("--retries", times.toString())));
    retryDelay.ifPresent(
        time -> arguments.addAll(List.of("--retry-delay", time.toMillis() + "ms")));
    arguments.addAll(List.of("--on-error", errors.onError()));
    errors.deadLetters().ifPresent(to -> arguments.addAll(List.of("--dead-letter", to)));
    errors.rejects().ifPresent(to -> arguments.addAll(List.of("--rejects", to)));
    return arguments;
  }

  /** As a JSON value. */
  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("program", program.toAbsolutePath().normalize().toString());
    json.put("directory", Path.of("").toAbsolutePath().toString());
    json.put("input", streams.get(0));
    json.put("output", streams.get(1));
    var more = new LinkedHashMap<String, Object>();
    streams.forEach(
        (slot, stream) -> {
          if (slot > 1) {
            more.put(slot.toString(), stream);
          }
        });
    if (!more.isEmpty()) {
      json.put("streams", more);
    }
    if (!parameters.isEmpty()) {
      json.put("parameters", parameters);
    }
    json.put("runners", (long) runners);
    json.put("ordered", ordered);
    json.put("append", append);
    json.put("snapshots", snapshots.orElse(null));
    json.put("keep", keep.map(Integer::longValue).orElse(null));
    json.put("epochMillis", epoch.map(Duration::toMillis).orElse(null));
    json.put("timeLimitMillis", timeLimit.toMillis());
    json.put("retries", retries.map(Integer::longValue).orElse(null));
    json.put("retryDelayMillis", retryDelay.map(Duration::toMillis).orElse(null));
    json.put("errors", errors.toJson());
    return withoutSecrets(json);
  }

  /** With {@code ***} for passwords, and {@code withheld} to say where there were some. */
  private static Map<String, Object> withoutSecrets(Map<String, Object> json) {
    var withheld = new ArrayList<String>();
    json.replaceAll((name, value) -> withoutSecrets(name, value, withheld));
    if (!withheld.isEmpty()) {
      json.put("withheld", withheld);
    }
    return json;
  }

  private static Object withoutSecrets(String name, Object value, List<String> withheld) {
    if (value instanceof Map<?, ?> map) {
      var shown = new LinkedHashMap<String, Object>();
      map.forEach(
          (key, inner) ->
              shown.put(key.toString(), withoutSecrets(name + " " + key, inner, withheld)));
      return shown;
    }
    if (!(value instanceof String text)) {
      return value;
    }
    // As a setting, so that a parameter is hidden whose name says what it is.
    var setting = name.replaceFirst(".* ", "") + "=";
    boolean hidden = !Secrets.hidden(setting + text).equals(setting + text);
    if (hidden) {
      withheld.add(name);
    }
    return hidden ? Secrets.hidden(setting + text).substring(setting.length()) : text;
  }

  /** What {@link #toJson} wrote. */
  static RunOptions fromJson(String job, Map<String, Object> json) {
    return new RunOptions(
        Path.of((String) json.get("program")),
        streams(json),
        parameters(json),
        Optional.of(job),
        number(json, "runners").orElse(1L).intValue(),
        (Boolean) json.get("ordered"),
        (Boolean) json.get("append"),
        Optional.ofNullable((String) json.get("snapshots")),
        number(json, "keep").map(Long::intValue),
        number(json, "epochMillis").map(Duration::ofMillis),
        Duration.ofMillis(number(json, "timeLimitMillis").orElse(60_000L)),
        number(json, "retries").map(Long::intValue),
        number(json, "retryDelayMillis").map(Duration::ofMillis),
        ErrorPolicy.fromJson(json.get("errors")),
        false);
  }

  private static Map<Integer, String> streams(Map<String, Object> json) {
    var streams = new TreeMap<Integer, String>();
    if (json.get("input") instanceof String input) {
      streams.put(0, input);
    }
    if (json.get("output") instanceof String output) {
      streams.put(1, output);
    }
    if (json.get("streams") instanceof Map<?, ?> more) {
      more.forEach((slot, stream) -> streams.put(Integer.valueOf((String) slot), (String) stream));
    }
    return streams;
  }

  private static Map<String, String> parameters(Map<String, Object> json) {
    var parameters = new TreeMap<String, String>();
    if (json.get("parameters") instanceof Map<?, ?> given) {
      given.forEach((name, value) -> parameters.put((String) name, (String) value));
    }
    return parameters;
  }

  private static Optional<Long> number(Map<String, Object> json, String name) {
    return Optional.ofNullable((Long) json.get(name));
  }
}
