package dev.weir.app;

import dev.weir.engine.Jobs;
import dev.weir.graph.Json;
import dev.weir.graph.Names;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Table;
import dev.weir.state.WeirException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Commands about cells and pools. Reading shows the last commit; writing to a running job takes
 * effect in the epoch that commits it. A name is NAME, or OPERATOR/NAME where operators share it.
 *
 * <p>Thread-safe.
 */
public final class StateCommands {

  static final String CELL = "cell";
  static final String POOL = "pool";

  private final Weir weir;
  private final Store store;
  private final Jobs jobs;
  private final Path locks;

  StateCommands(Weir weir, Store store, Jobs jobs, Path locks) {
    this.weir = weir;
    this.store = store;
    this.jobs = jobs;
    this.locks = locks;
  }

  /** A cell, its value as JSON text. */
  public record Cell(String operator, String name, String value) {}

  /** A key of a pool, its value as JSON text. */
  public record Entry(String operator, String pool, String key, String value) {}

  /** The cells of a job. */
  public List<Cell> cells(String job) {
    weir.job(job);
    return jobs.rows(job, CELL).stream()
        .map(row -> new Cell(row.text(0), row.text(1), row.text(2)))
        .toList();
  }

  /** One cell of a job. */
  public Cell cell(String job, String name) {
    var wanted = Name.of(name);
    var found =
        cells(job).stream()
            .filter(c -> c.name().equals(wanted.name()) && wanted.in(c.operator()))
            .toList();
    if (found.isEmpty()) {
      throw new CommandException(
          "job '" + job + "' has no cell '" + name + "'; see: weir cell list " + job);
    }
    if (found.size() > 1) {
      throw new CommandException(
          "several operators have a cell '" + name + "'; say which: OPERATOR/" + name);
    }
    return found.get(0);
  }

  /** The keys and values of one pool of a job, or of all. */
  public List<Entry> pool(String job, Optional<String> pool) {
    weir.job(job);
    var wanted = pool.map(Name::of);
    return jobs.rows(job, POOL).stream()
        .map(row -> new Entry(row.text(0), row.text(1), row.text(2), row.text(3)))
        .filter(
            e ->
                wanted.isEmpty()
                    || (e.pool().equals(wanted.get().name()) && wanted.get().in(e.operator())))
        .toList();
  }

  /** One key of a pool. */
  public Entry entry(String job, String pool, String key) {
    var found = pool(job, Optional.of(pool)).stream().filter(e -> e.key().equals(key)).toList();
    if (found.isEmpty()) {
      throw new CommandException(
          "pool '"
              + pool
              + "' of job '"
              + job
              + "' has no key '"
              + key
              + "'; see: weir pool list "
              + job);
    }
    if (found.size() > 1) {
      throw new CommandException(
          "several operators have a pool '" + pool + "'; say which: OPERATOR/" + pool);
    }
    return found.get(0);
  }

  /**
   * Sets a cell.
   *
   * @param json the new value as JSON text
   */
  public void setCell(String job, String name, String json) throws InterruptedException {
    var wanted = Name.of(name);
    var value = value(json);
    var arguments = new LinkedHashMap<String, Object>();
    wanted.operator().ifPresent(operator -> arguments.put("operator", operator));
    arguments.put("name", wanted.name());
    arguments.put("value", value);
    change(
        job,
        CELL,
        "cell.set",
        arguments,
        wanted,
        operator -> Row.of(operator, wanted.name(), Json.toText(value)),
        true);
  }

  /** Sets a key of a pool. */
  public void setEntry(String job, String pool, String key, String json)
      throws InterruptedException {
    var value = value(json);
    var wanted = Name.of(pool);
    change(
        job,
        POOL,
        "pool.set",
        arguments(wanted, key, value),
        wanted,
        operator -> Row.of(operator, wanted.name(), key, Json.toText(value)),
        true);
  }

  /** Deletes a key of a pool. */
  public void deleteEntry(String job, String pool, String key) throws InterruptedException {
    var wanted = Name.of(pool);
    var there = entry(job, pool, key);
    change(
        job,
        POOL,
        "pool.delete",
        arguments(wanted, key, null),
        wanted,
        operator -> Row.of(there.operator(), wanted.name(), key, there.value()),
        false);
  }

  private static Map<String, Object> arguments(Name pool, String key, Object value) {
    var arguments = new LinkedHashMap<String, Object>();
    pool.operator().ifPresent(operator -> arguments.put("operator", operator));
    arguments.put("pool", pool.name());
    arguments.put("key", key);
    arguments.put("value", value);
    return arguments;
  }

  private void change(
      String job,
      String table,
      String verb,
      Map<String, Object> arguments,
      Name name,
      java.util.function.Function<String, Row> row,
      boolean present)
      throws InterruptedException {
    var known = weir.job(job);
    if (weir.runner(job).isPresent()) {
      name(job, table, name).ifPresent(operator -> arguments.put("operator", operator));
      weir.ask(job, verb, arguments);
      return;
    }
    if (known.epoch() == 0) {
      throw new CommandException("job '" + job + "' has not committed anything yet");
    }
    try (var lock = JobLock.take(locks, job)) {
      jobs.edit(job, table(job, table), row.apply(operator(job, table, name)), present);
    }
  }

  private Table table(String job, String name) {
    return store.tables().stream()
        .filter(t -> t.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "job '" + job + "' has run no model, so it has no " + name + "s"));
  }

  /** The operator that has the cell or pool; the job's only one where none has it yet. */
  private String operator(String job, String table, Name name) {
    return name(job, table, name)
        .orElseThrow(
            () ->
                new CommandException(
                    "no operator of job '"
                        + job
                        + "' has a "
                        + table
                        + " '"
                        + name.name()
                        + "' yet; say which is to have it: OPERATOR/"
                        + name.name()));
  }

  private Optional<String> name(String job, String table, Name name) {
    if (name.operator().isPresent()) {
      var there = Inspection.operators(weir.job(job));
      if (!there.isEmpty() && !there.contains(name.operator().get())) {
        throw new CommandException(
            "job '"
                + job
                + "' has no operator '"
                + name.operator().get()
                + "'"
                + Names.hint(name.operator().get(), "it has", there));
      }
      return name.operator();
    }
    var having =
        jobs.rows(job, table).stream()
            .filter(row -> row.text(1).equals(name.name()))
            .map(row -> row.text(0))
            .distinct()
            .toList();
    if (having.size() > 1) {
      throw new CommandException(
          "several operators have a "
              + table
              + " '"
              + name.name()
              + "'; say which: OPERATOR/"
              + name.name());
    }
    var all = having.isEmpty() ? Inspection.operators(weir.job(job)) : having;
    return all.size() == 1 ? Optional.of(all.get(0)) : Optional.empty();
  }

  private static Object value(String json) {
    try {
      return Json.parse(json);
    } catch (WeirException | IllegalArgumentException e) {
      throw new CommandException(
          "'"
              + json
              + "' is not a JSON value (a text needs double quotes: '\"text\"'): "
              + e.getMessage());
    }
  }

  private record Name(Optional<String> operator, String name) {
    static Name of(String text) {
      int slash = text.indexOf('/');
      return slash > 0
          ? new Name(Optional.of(text.substring(0, slash)), text.substring(slash + 1))
          : new Name(Optional.empty(), text);
    }

    boolean in(String other) {
      return operator.isEmpty() || operator.get().equals(other);
    }
  }
}
