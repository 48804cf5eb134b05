package dev.weir.operators;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Emitter;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.Receipt;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.graph.TransientFailureException;
import dev.weir.operators.internal.Post;
import dev.weir.operators.internal.Responses;
import dev.weir.runners.Python;
import dev.weir.runners.Runner;
import dev.weir.runners.RunnerHungException;
import dev.weir.runners.ScriptRunner;
import dev.weir.runners.ToRunner;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * An operator that is a Python script with the {@code api} object, in a process of its own.
 *
 * <p>Every callback is asked for here and waited for, so that none overlaps another, nor a barrier.
 * What a thread of the script publishes meanwhile, or between, is emitted as it comes.
 *
 * <p><b>State.</b> What the script's serialize callback returns is a row of the operator's own
 * table {@code script}; the numbers of its last messages and the timers that have stopped are
 * another. Where the job goes on from a commit, they are restored before the prestart callback,
 * whose outputs are dropped then: they are in the first epoch already.
 */
public final class ScriptOperator implements Operator {

  /** The column of {@link #TABLE} for the epoch of which the state is. */
  public static final String EPOCH = "epoch";

  /** What a script with state keeps. */
  public static final StateTable.Schema TABLE =
      new StateTable.Schema(
          "script",
          List.of(
              Column.of("name", ColumnType.TEXT),
              Column.nullable(EPOCH, ColumnType.TEXT),
              Column.nullable("bytes", ColumnType.BYTES),
              Column.nullable("value", ColumnType.JSON)),
          1,
          List.of());

  private static final String NAME_OF_STATE = "state";
  private static final Row STATE = Row.of(NAME_OF_STATE);
  private static final Row PROGRESS = Row.of("progress");
  private static final long LARGEST_STATE = 256L << 20;
  private static final long SHUTDOWN_MILLIS = 10_000;

  /** How long a script that hangs may take to say where. */
  private static final long STACK_MILLIS = 2_000;

  private static final int SHOWN = 200;

  /** So that a timer that is always due leaves room for records. */
  private static final long BETWEEN_TIMERS = 1_000_000;

  private final Python python;
  private final Script script;
  private final Alarm alarm;
  private OperatorContext context;
  private Post post;
  private Runner runner;
  private Responses responses;
  private StateTable table;
  private Map<?, ?> abilities;

  /** When each timer that still runs is due, by its number. */
  private final Map<Long, Long> due = new TreeMap<>();

  private final Set<Long> stopped = new TreeSet<>();
  private final long[] numbers;

  /** Outputs of a callback that could not emit. */
  private final List<List<?>> late = new ArrayList<>();

  private Batch current;
  private long taken;
  private long given;

  /** What the script was asked last. */
  private String asked = "load";

  private boolean idle;
  private boolean finished;
  private boolean over;
  private boolean broken;

  public ScriptOperator(Python python, Script script, Alarm alarm) {
    this.python = python;
    this.script = script;
    this.alarm = alarm;
    this.numbers = new long[script.outputs().size()];
  }

  @Override
  public void open(OperatorContext opened) throws Exception {
    context = opened;
    if (script.errors() == ErrorHandling.ERROR_PORT
        && script.outputs().stream()
            .noneMatch(port -> port.name().equals(Script.ERROR_PORT) && port.connected())) {
      throw new BadScriptException(
          name()
              + " sends its errors to its port 'error', but "
              + "nothing is connected to such a port: connect it, or choose another error handling");
    }
    responses = new Responses(context::wake);
    post = new Post(context::wake, context::log);
    runner = ScriptRunner.start(python, script.file(), settings(), post);
    abilities = (Map<?, ?>) reply("loaded", null).get(1);
    if (can("stateful") && script.epochs() && !(can("serialize") && can("restore"))) {
      throw new BadScriptException(
          name()
              + " is stateful, but sets no "
              + (can("serialize")
                  ? "restore callback: api.set_restore_callback"
                  : "serialize callback: api.set_serialize_callback")
              + "; it needs both");
    }
    if (script.epochs() && can("serialize") && can("restore") && !can("stateful")) {
      context.warn(
          "its state is not kept: it sets serialize and restore callbacks, but does not say"
              + " api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))");
    }
    showRunner("idle");
    if (stateful() && context.replicas() > 1) {
      throw new BadScriptException(
          name()
              + " is stateful and has "
              + context.replicas()
              + " replicas: what it serializes cannot be shared out among them; run one replica, or"
              + " keep the state in a Java operator's keyed table");
    }
    if (context.replicas() == 1 && script.epochs()) {
      table = context.table(TABLE);
      restore();
    }
  }

  /**
   * Whether a row of {@link #TABLE} is what a serialize callback returned, and not how far the
   * operator is.
   *
   * @param row with the operator's name before its columns
   */
  public static boolean holdsState(Row row) {
    return row.text(1).equals(NAME_OF_STATE);
  }

  /** Tells of its process, for {@code job inspect}. */
  private void showRunner(String state) {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("number", (long) context.replica());
    figures.put("pid", runner.pid());
    figures.put("memory", runner.memory());
    figures.put("records", taken);
    figures.put("outputs", given);
    figures.put("state", state);
    context.gauge("runners", List.of(figures));
  }

  private Map<String, Object> settings() {
    var settings = new LinkedHashMap<String, Object>();
    var folder = script.file().toAbsolutePath().getParent();
    settings.put("file", script.file().toString());
    settings.put("folder", folder == null ? "" : folder.toString());
    settings.put("source", script.source());
    settings.put("inputs", ports(script.inputs()));
    settings.put("outputs", ports(script.outputs()));
    settings.put("config", script.config());
    settings.put("types", script.types());
    settings.put("errors", script.errors().word());
    settings.put("graph", context.job());
    settings.put("handle", context.job());
    settings.put("group", context.name());
    settings.put("operator", context.name());
    settings.put("process", name());
    settings.put("replicas", (long) context.replicas());
    settings.put("replica", (long) context.replica());
    return settings;
  }

  private static List<Object> ports(List<Script.Port> ports) {
    var list = new ArrayList<Object>();
    for (var port : ports) {
      list.add(
          Map.of(
              "name", port.name(),
              "type", port.type(),
              "id", port.id(),
              "connected", port.connected()));
    }
    return list;
  }

  private String name() {
    return context.replicas() == 1 ? context.name() : context.name() + "#" + context.replica();
  }

  private boolean can(String ability) {
    return Boolean.TRUE.equals(abilities.get(ability));
  }

  private boolean stateful() {
    return can("stateful") && script.epochs();
  }

  private void restore() throws Exception {
    var progress = table.get(PROGRESS);
    if (progress != null) {
      var value = (Map<?, ?>) Json.parse(progress.text(3));
      ((Map<?, ?>) value.get("messages"))
          .forEach(
              (port, number) -> {
                for (int i = 0; i < numbers.length; i++) {
                  if (script.outputs().get(i).name().equals(port)) {
                    numbers[i] = (Long) number;
                  }
                }
              });
      if (context.start() == Start.RESUMED) {
        ((List<?>) value.get("stopped")).forEach(timer -> stopped.add((Long) timer));
      }
    }
    var state = table.get(STATE);
    if (state != null && stateful()) {
      ask("restore", state.text(1), state.bytes(2));
      reply("done", null);
    }
  }

  @Override
  public void begin(Emitter out) throws Exception {
    ask(
        "start",
        context.start() == Start.RESUMED,
        List.copyOf(stopped),
        Arrays.stream(numbers).boxed().toList());
    reply("done", out);
    tick();
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws Exception {
    emitLate(out);
    if (batch.control() != null) {
      if (batch.control().kind() == Control.Kind.PIG) {
        for (int i = 0; i < numbers.length; i++) {
          out.emit(i, Batch.of(numbers[i], batch.control()));
        }
      }
      return;
    }
    int size = batch.size();
    boolean consecutive = batch.sequence(size - 1) == batch.sequence(0) + size - 1;
    var sequences = new ArrayList<Long>();
    for (int i = 0; i < size && !consecutive; i++) {
      sequences.add(batch.sequence(i));
    }
    current = batch;
    taken += size;
    ask("work", (long) port, batch.sequence(0), sequences, batch.records());
    reply("done", out);
    current = null;
  }

  @Override
  public void drain(Emitter out) throws Exception {
    emitLate(out);
    try {
      for (var message = post.poll(); message != null; message = post.poll()) {
        take(message, out);
      }
    } finally {
      post.rest();
    }
    answer(out);
    long now = alarm.nanos();
    for (var timer : List.copyOf(due.keySet())) {
      if (due.getOrDefault(timer, Long.MAX_VALUE) - now <= 0) {
        ask("timer", timer);
        reply("done", out);
      }
    }
    tick();
  }

  /** Sets the alarm, and says so when nothing more will happen of its own accord. */
  private void tick() {
    if (!due.isEmpty()) {
      long next = due.values().stream().mapToLong(Long::longValue).min().getAsLong();
      long least = generates() ? 0 : BETWEEN_TIMERS;
      alarm.ring(Math.max(least, next - alarm.nanos()), context::wake);
    } else if (idle && !finished && generates() && responses.settled()) {
      finished = true;
      context.finish();
    }
  }

  private boolean generates() {
    return script.inputs().stream().noneMatch(Script.Port::connected);
  }

  private void answer(Emitter out) throws Exception {
    var answers = responses.take();
    if (!answers.isEmpty()) {
      var list = new ArrayList<Object>();
      answers.forEach(a -> list.add(Arrays.asList((long) a.port(), a.number(), a.problem())));
      ask("responses", list);
      reply("done", out);
    }
  }

  @Override
  public void barrier(long epoch, Emitter out) throws Exception {
    emitLate(out);
    if (script.epochs() && (stateful() || can("pause"))) {
      ask("serialize", Long.toString(epoch), stateful());
      var state = (byte[]) reply("state", out).get(1);
      if (state != null) {
        if (state.length > LARGEST_STATE) {
          throw new ScriptException(
              name()
                  + " serialized "
                  + state.length
                  + " bytes; "
                  + LARGEST_STATE
                  + " are the most: keep the state in a table of a Java operator, or in a database");
        }
        table.put(Row.of(NAME_OF_STATE, Long.toString(epoch), state, null));
      }
    }
    if (table != null) {
      keepProgress();
    }
    showRunner("idle");
  }

  private void keepProgress() {
    var messages = new LinkedHashMap<String, Object>();
    for (int i = 0; i < numbers.length; i++) {
      messages.put(script.outputs().get(i).name(), numbers[i]);
    }
    var progress = new LinkedHashMap<String, Object>();
    progress.put("messages", messages);
    progress.put("stopped", List.copyOf(stopped));
    var text = Json.toText(progress);
    var kept = table.get(PROGRESS);
    if (kept == null || !kept.text(3).equals(text)) {
      table.put(Row.of("progress", null, null, text));
    }
  }

  @Override
  public void complete(long epoch) throws Exception {
    if (can("complete") && script.epochs()) {
      ask("complete", Long.toString(epoch));
      reply("done", null);
      if (!late.isEmpty()) {
        context.wake();
      }
    }
  }

  @Override
  public void end(Emitter out) throws Exception {
    emitLate(out);
    // Who receives may still refuse, and what is sent again counts.
    while (!responses.settled()) {
      responses.await();
      answer(out);
    }
    over = true;
    ask("shutdown");
    reply("done", out);
  }

  @Override
  public void close() throws Exception {
    if (runner == null) {
      return;
    }
    try {
      if (!over && !broken && abilities != null && can("shutdown")) {
        ask("shutdown");
        for (var m = post.take(SHUTDOWN_MILLIS); m != null; m = post.take(SHUTDOWN_MILLIS)) {
          if (m.get(0).equals("done") || m.get(0).equals("exited")) {
            break;
          }
          if (!m.get(0).equals("out")) {
            take(m, null);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      post.close();
      runner.close();
      alarm.close();
    }
  }

  private void ask(Object... message) {
    asked = (String) message[0];
    runner.send(new ToRunner.Ask(Arrays.asList(message)));
  }

  /**
   * Takes what the script says until it says this, and returns it. Without an emitter, outputs
   * wait.
   */
  private List<?> reply(String kind, Emitter out) throws Exception {
    try {
      while (true) {
        var message = post.take(script.timeLimit().toMillis());
        if (message == null) {
          throw hung();
        }
        if (message.get(0).equals("done")) {
          done(message);
        } else if (!message.get(0).equals(kind)) {
          take(message, out);
        }
        if (message.get(0).equals(kind)) {
          return message;
        }
      }
    } catch (Exception e) {
      broken = true;
      throw e;
    } finally {
      post.rest();
    }
  }

  private RunnerHungException hung() throws InterruptedException {
    runner.send(new ToRunner.Ask(List.of("where")));
    var answer = post.take(STACK_MILLIS);
    while (answer != null && !answer.get(0).equals("stack")) {
      answer = post.take(STACK_MILLIS);
    }
    var stack = answer == null ? "" : (String) answer.get(1);
    return new RunnerHungException(
        name()
            + ": "
            + callback(asked)
            + " has said nothing for "
            + script.timeLimit().toMillis() / 1000.0
            + " s, its time limit"
            + (current == null
                ? ""
                : ", at one of the messages "
                    + current.sequence(0)
                    + " to "
                    + current.sequence(current.size() - 1))
            + (stack.isEmpty()
                ? "; it does not say where it is"
                : "; it is in:\n" + stack.indent(4).stripTrailing())
            + "\nCallbacks never overlap, so one that waits for another waits for ever; one that"
            + " only takes long needs a larger time-limit of its node, or --time-limit");
  }

  private static String callback(String asked) {
    return switch (asked) {
      case "load" -> "the script";
      case "start" -> "the prestart callback";
      case "work" -> "the port callback";
      case "responses" -> "the response callback";
      case "serialize" -> "the serialize callback, or that of pause or resume,";
      case "complete" -> "the epoch complete callback";
      default -> "the " + asked + " callback";
    };
  }

  private void done(List<?> message) {
    ((List<?>) message.get(1)).forEach(timer -> due.put((Long) timer, alarm.nanos()));
    idle = (Boolean) message.get(2);
  }

  private void take(List<?> message, Emitter out) throws InterruptedException {
    switch ((String) message.get(0)) {
      case "out" -> {
        if (out == null) {
          late.add(message);
        } else {
          emit(message, out);
        }
      }
      case "log" -> context.log(name() + ": " + message.get(1) + ": " + message.get(2));
      case "delay" -> delay((Long) message.get(1), (Double) message.get(2));
      case "ignored" -> ignored(message);
      case "refused" -> refused((Long) message.get(1), (String) message.get(2));
      case "idle" -> idle = true;
      case "raised" -> throw failure("a thread of it", 0, message.get(1), message.get(2));
      case "failed" ->
          throw failure(
              (String) message.get(1), (Long) message.get(2), message.get(3), message.get(4));
      case "exited" ->
          throw new TransientFailureException(name() + ": its process ended: " + message.get(1));
      default -> throw new IllegalStateException(name() + " said " + message.get(0));
    }
  }

  private void emit(List<?> message, Emitter out) throws InterruptedException {
    var ports = (List<?>) message.get(1);
    var sequences = (List<?>) message.get(2);
    var records = ScriptRunner.unpack((List<?>) message.get(3));
    var asks = (List<?>) message.get(4);
    for (int from = 0, to; from < ports.size(); from = to) {
      int port = Math.toIntExact((Long) ports.get(from));
      to = from + 1;
      while (to < ports.size() && ports.get(to).equals(ports.get(from))) {
        to++;
      }
      var own = new long[to - from];
      var asked = new HashSet<Long>();
      for (int i = from; i < to; i++) {
        own[i - from] = (Long) sequences.get(i);
        numbers[port] = Math.max(numbers[port], own[i - from]);
        if ((Boolean) asks.get(i)) {
          asked.add(own[i - from]);
        }
      }
      var batch = Batch.of(records.subList(from, to).toArray(), own);
      given += batch.size();
      out.emit(port, batch.with(responses.expect(port, batch, asked)));
    }
  }

  private void emitLate(Emitter out) throws InterruptedException {
    for (var message : late) {
      emit(message, out);
    }
    late.clear();
  }

  private void delay(long timer, double seconds) {
    if (seconds < 0) {
      due.remove(timer);
      stopped.add(timer);
      context.changed();
    } else {
      double nanos = Math.min(seconds * TimeUnit.SECONDS.toNanos(1), Long.MAX_VALUE / 4.0);
      due.put(timer, alarm.nanos() + (long) nanos);
    }
  }

  private void ignored(List<?> message) {
    long number = (Long) message.get(2);
    var summary = (String) message.get(3);
    Object record = number == 0 ? null : record(number);
    context.reject(
        new Rejection(
            Rejection.Reason.RAISED,
            -1,
            number,
            shown(record),
            record,
            message.get(1) + ": " + summary,
            (String) message.get(4)));
  }

  private void refused(long number, String why) {
    Receipt receipt = current == null ? null : current.receipt();
    if (receipt == null) {
      throw new ScriptException(
          name()
              + ": port callback raised at message "
              + number
              + ", and there is no operator to tell that could send it again: "
              + why);
    }
    context.warn("message " + number + " is refused: " + why);
    receipt.refused(number, why);
  }

  private Object record(long number) {
    for (int i = 0; current != null && i < current.size(); i++) {
      if (current.sequence(i) == number) {
        return current.get(i);
      }
    }
    return null;
  }

  private static String shown(Object record) {
    var text = Json.toText(record);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }

  private RuntimeException failure(String where, long number, Object summary, Object trace) {
    broken = true;
    var text = new StringBuilder(name()).append(": ");
    switch (where) {
      case "restore" ->
          text.append("the restore callback, given the state of epoch ")
              .append(table.get(STATE).text(1))
              .append(" (the last commit is kept),");
      case "load", "serialize" -> text.append(callback(where));
      case "port callback" -> text.append("the port callback");
      default -> text.append(where);
    }
    text.append(" raised");
    if (number > 0) {
      text.append(" at message ").append(number);
      Object record = record(number);
      if (record != null) {
        text.append(", ").append(shown(record));
      }
    }
    text.append(": ").append(summary);
    if (!((String) trace).isBlank()) {
      text.append('\n').append(((String) trace).stripTrailing());
    }
    return new ScriptException(text.toString());
  }
}
