package dev.weir.app;

import dev.weir.app.internal.Written;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Graph.Node.OwnOutput;
import dev.weir.operators.Alarm;
import dev.weir.operators.ErrorHandling;
import dev.weir.operators.Script;
import dev.weir.operators.ScriptOperator;
import dev.weir.runners.Python;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An operator that is a Python script with the {@code api} object. What it does of its own accord
 * is told from the words of its text, as nothing of it is executed here.
 *
 * @param shown its file, or what else it is called
 */
record ScriptPart(String shown, Script script, OperatorPart.Settings settings) implements Part {

  private static final Pattern INPUT =
      Pattern.compile("\\bset_port_callback\\(\\s*[\"'](\\w+)[\"']");
  private static final Pattern OUTPUT = Pattern.compile("\\bapi\\.outputs\\.(\\w+)");
  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*#.*$");
  private static final Pattern TIMER = Pattern.compile("\\badd_timer\\b");
  private static final Pattern PRESTART = Pattern.compile("\\bset_prestart\\b");
  private static final Pattern THREAD = Pattern.compile("\\bThread\\b|\\bThreadPoolExecutor\\b");
  private static final Pattern STATEFUL = Pattern.compile("\\bis_stateful\\s*=\\s*True\\b");

  /**
   * The script that a node describes.
   *
   * @param file where it is, or where it would be
   */
  static ScriptPart of(
      String name,
      Path file,
      String source,
      Written node,
      OperatorPart.Settings settings,
      Duration timeLimit) {
    var text = COMMENT.matcher(source).replaceAll("");
    var inputs = node.member("inputs").map(ScriptPart::ports).orElseGet(() -> found(INPUT, text));
    var outputs =
        node.member("outputs").map(ScriptPart::ports).orElseGet(() -> found(OUTPUT, text));
    var errors = ErrorHandling.of(node.text("on-error").orElse("fail"));
    if (errors == ErrorHandling.ERROR_PORT
        && outputs.stream().noneMatch(port -> port.name().equals(Script.ERROR_PORT))) {
      outputs = new ArrayList<>(outputs);
      outputs.add(new Script.Port(Script.ERROR_PORT, "*", "*", false));
    }
    @SuppressWarnings("unchecked")
    var config = (Map<String, Object>) node.member("config").map(Written::json).orElse(Map.of());
    var script = Script.of(file, source, inputs, outputs).with(config).with(errors).with(timeLimit);
    var shown = node.member("file").isPresent() ? file.toString() : "script of " + name;
    return new ScriptPart(shown, script, settings);
  }

  /** The same, knowing these types. */
  ScriptPart knowing(Map<String, Object> types) {
    return new ScriptPart(shown, script.knowing(types), settings);
  }

  /** The same without callbacks about epochs. */
  ScriptPart withoutEpochs() {
    return new ScriptPart(shown, script.withoutEpochs(), settings);
  }

  private static List<Script.Port> ports(Written written) {
    var ports = new ArrayList<Script.Port>();
    for (var port : written.items()) {
      ports.add(
          port.isObject()
              ? Script.Port.declaring(
                  port.text("name").orElseThrow(), port.text("type"), port.text("vtype-ID"))
              : new Script.Port((String) port.value(), "*", "*", false));
    }
    return ports;
  }

  /** The ports that a script names, in the order in which it does. */
  private static List<Script.Port> found(Pattern pattern, String text) {
    var names = new LinkedHashSet<String>();
    var matcher = pattern.matcher(text);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names.stream().map(name -> new Script.Port(name, "*", "*", false)).toList();
  }

  @Override
  public String type() {
    return "python";
  }

  @Override
  public String what() {
    return shown
        + " (Python operator"
        + (says(STATEFUL) ? ", stateful)" : ")")
        + settings.describe();
  }

  @Override
  public List<Port> inputs() {
    return numbered(script.inputs());
  }

  @Override
  public List<Port> outputs() {
    var outputs = new ArrayList<>(numbered(script.outputs()));
    if (script.errors() == ErrorHandling.LOG) {
      outputs.add(Port.DEAD_LETTERS);
    }
    return outputs;
  }

  private static List<Port> numbered(List<Script.Port> ports) {
    var numbered = new ArrayList<Port>();
    for (var port : ports) {
      numbered.add(Port.of(numbered.size(), port));
    }
    return numbered;
  }

  @Override
  public String version() {
    return script
        .source(); // its configuration is in the file of the graph, and may be of parameters
  }

  @Override
  public List<String> misconnections(Wires wires) {
    boolean leads =
        wires.out().stream().anyMatch(wire -> wire.from().name().equals(Script.ERROR_PORT));
    var problems = new ArrayList<String>();
    if (script.errors() == ErrorHandling.ERROR_PORT && !leads) {
      problems.add("its errors go out of its port 'error', which is not connected");
    }
    if (settings.replicas() > 1 && script.epochs() && says(STATEFUL)) {
      problems.add(
          "it is stateful and has "
              + settings.replicas()
              + " replicas, but what it serializes is one value, which cannot be shared out among"
              + " them: run one replica; or several nodes, each with a share of the records; or keep"
              + " the state in a Java operator's keyed table");
    }
    return problems;
  }

  @Override
  public List<String> doubts(Wires wires) {
    if (settings.deterministic().isPresent() || undetermined(wires).isPresent()) {
      return List.of();
    }
    return Chance.in(script.source())
        .map(
            chance ->
                "it uses "
                    + chance.what()
                    + " ("
                    + shown
                    + ", line "
                    + chance.line()
                    + "), so another run may give other values, and the guarantee counts on the same;"
                    + " say at the node which it is: deterministic: false, or true")
        .stream()
        .toList();
  }

  @Override
  public void report(Map<String, Object> report) {
    report.put(
        "state",
        List.of(
            says(STATEFUL)
                ? "what its serialize callback returns survives, in the table script"
                : "none: it declares no state"));
  }

  @Override
  public Optional<String> undetermined(Wires wires) {
    if (settings.deterministic().isPresent()) {
      return settings.deterministic().get() ? Optional.empty() : Optional.of("its node says so");
    }
    if (says(THREAD)) {
      return Optional.of("it has threads of its own");
    }
    if (says(TIMER) && !wires.in().isEmpty()) {
      return Optional.of("its timers come in between its records");
    }
    return settings.replicas() > 1
        ? Optional.of(settings.replicas() + " replicas share its records")
        : wires.disorder();
  }

  private OwnOutput ownOutput() {
    if (!says(TIMER) && !says(PRESTART) && !says(THREAD)) {
      return OwnOutput.NONE;
    }
    boolean again = says(STATEFUL) || !(says(TIMER) || says(THREAD));
    return again && settings.deterministic().orElse(true)
        ? OwnOutput.REPLAYABLE
        : OwnOutput.UNREPLAYABLE;
  }

  private boolean says(Pattern pattern) {
    return pattern.matcher(COMMENT.matcher(script.source()).replaceAll("")).find();
  }

  @Override
  public List<KeptTable> tables() {
    return script.epochs() && says(STATEFUL) ? KeptTable.of(ScriptOperator.TABLE) : List.of();
  }

  @Override
  public Node node(Wires wires) {
    var connected =
        script.connecting(
            port -> wires.in().stream().anyMatch(wire -> wire.to().name().equals(port)),
            port -> wires.out().stream().anyMatch(wire -> wire.from().name().equals(port)));
    return new Node.OperatorNode(
            shown,
            () -> new ScriptOperator(Python.find(System.getenv()), connected, Alarm.system()),
            undetermined(wires).isEmpty())
        .with(ownOutput())
        .replicated(settings.replicas(), settings.partitioning());
  }
}
