package dev.weir.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a program is to be run. Kept with the job, so that {@code job resume} needs only the name.
 *
 * @param program the file
 * @param input the stream to read, as given on the command line
 * @param output the stream to write
 * @param name the job's name; empty for the file's name without its ending
 * @param runners how many runners, at least 1
 * @param ordered whether outputs keep the order of inputs although there are several runners
 * @param append whether an output file is kept and added to
 * @param snapshots {@code none}, {@code eof} or a duration; empty for what the program says
 * @param keep how many snapshots the job keeps; 0 for all
 * @param epoch the time between two commits
 * @param timeLimit how long a runner may be silent
 * @param retries how many failures in a row are followed by another try
 * @param retryDelay how long to wait before one
 * @param fresh start over, whatever the last run left
 */
public record RunOptions(
    Path program,
    String input,
    String output,
    Optional<String> name,
    int runners,
    boolean ordered,
    boolean append,
    Optional<String> snapshots,
    int keep,
    Duration epoch,
    Duration timeLimit,
    int retries,
    Duration retryDelay,
    boolean fresh) {

  /** The defaults: standard input to standard output, one runner, an epoch a second. */
  public static RunOptions of(Path program) {
    return new RunOptions(
        program,
        "-",
        "-",
        Optional.empty(),
        1,
        false,
        false,
        Optional.empty(),
        0,
        Duration.ofSeconds(1),
        Duration.ofSeconds(60),
        3,
        Duration.ofSeconds(1),
        false);
  }

  /** The job's name: letters, digits and {@code . _ -}. */
  public String job() {
    var job = name.orElseGet(() -> withoutEnding(program.getFileName().toString()));
    if (!job.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")) {
      throw new CommandException(
          "'" + job + "' cannot be a job's name: use letters, digits and . _ - (option --name)");
    }
    return job;
  }

  private static String withoutEnding(String file) {
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  /** As a JSON value. */
  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("program", program.toAbsolutePath().normalize().toString());
    json.put("directory", Path.of("").toAbsolutePath().toString());
    json.put("input", input);
    json.put("output", output);
    json.put("runners", (long) runners);
    json.put("ordered", ordered);
    json.put("append", append);
    json.put("snapshots", snapshots.orElse(null));
    json.put("keep", (long) keep);
    json.put("epochMillis", epoch.toMillis());
    json.put("timeLimitMillis", timeLimit.toMillis());
    json.put("retries", (long) retries);
    json.put("retryDelayMillis", retryDelay.toMillis());
    return json;
  }

  /** What {@link #toJson} wrote. */
  static RunOptions fromJson(String job, Map<String, Object> json) {
    return new RunOptions(
        Path.of((String) json.get("program")),
        (String) json.get("input"),
        (String) json.get("output"),
        Optional.of(job),
        number(json, "runners").intValue(),
        (Boolean) json.get("ordered"),
        (Boolean) json.get("append"),
        Optional.ofNullable((String) json.get("snapshots")),
        number(json, "keep").intValue(),
        Duration.ofMillis(number(json, "epochMillis")),
        Duration.ofMillis(number(json, "timeLimitMillis")),
        number(json, "retries").intValue(),
        Duration.ofMillis(number(json, "retryDelayMillis")),
        false);
  }

  private static Long number(Map<String, Object> json, String name) {
    return (Long) json.get(name);
  }
}
