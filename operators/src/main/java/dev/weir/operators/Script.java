package dev.weir.operators;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A script, and what it is to know of the graph that it is part of. Immutable.
 *
 * @param file its name in messages and tracebacks; files that it imports are in the same folder
 * @param source its text
 * @param inputs its input ports, by number
 * @param outputs its output ports, by number
 * @param config what {@code api.config} has: JSON values
 * @param types the graph's own types by their ids, as SAP's vtype files have them: JSON values
 * @param epochs whether the callbacks about epochs are called; without them it keeps no state
 * @param timeLimit how long its body or a callback may go on without a word, such as a message that
 *     it publishes
 */
public record Script(
    Path file,
    String source,
    List<Port> inputs,
    List<Port> outputs,
    Map<String, Object> config,
    ErrorHandling errors,
    Map<String, Object> types,
    boolean epochs,
    Duration timeLimit) {

  /** The time limit where nothing else is said. */
  public static final Duration USUAL_LIMIT = Duration.ofSeconds(60);

  /** Where errors go that are sent on. */
  public static final String ERROR_PORT = "error";

  /**
   * A port.
   *
   * @param type {@code scalar}, {@code structure}, {@code table}, {@code none} or {@code *}
   * @param id the type's id, or {@code *}
   * @param connected whether anything is connected to it
   */
  public record Port(String name, String type, String id, boolean connected) {

    /** A port for anything, that is connected. */
    public static Port of(String name) {
      return new Port(name, "*", "*", true);
    }

    /** A port that says what it likes of its messages, and is not connected yet. */
    public static Port declaring(String name, Optional<String> type, Optional<String> id) {
      return new Port(name, type.orElse("*"), id.orElse("*"), false);
    }

    /**
     * Whether its messages are good for another port, as SAP has it: that port is of the same type
     * or a more general one. Tables may also go where no body is read, and messages without a body
     * to any type that has no id.
     */
    public boolean fits(Port to) {
      return to.type.equals("*")
          || (type.equals(to.type) && (to.id.equals("*") || id.equals(to.id)))
          || (type.equals("none") && to.id.equals("*"))
          || (type.equals("table") && to.type.equals("none"));
    }

    /** Why its messages do not fit another port, whatever it leaves open, if they do not. */
    public Optional<String> misfit(Port to) {
      boolean open = type.equals("*") || (type.equals(to.type) && id.equals("*"));
      return open || fits(to)
          ? Optional.empty()
          : Optional.of(type + " " + id + " is not good for " + to.type + " " + to.id);
    }

    private Port connected(boolean really) {
      return new Port(name, type, id, really);
    }
  }

  public Script {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    if (timeLimit.isZero() || timeLimit.isNegative()) {
      throw new IllegalArgumentException("the time limit must be positive, not " + timeLimit);
    }
  }

  /** A script without configuration that stops at an error. */
  public static Script of(Path file, String source, List<Port> inputs, List<Port> outputs) {
    return new Script(
        file,
        source,
        inputs,
        outputs,
        Map.of(),
        ErrorHandling.TERMINATE,
        Map.of(),
        true,
        USUAL_LIMIT);
  }

  /** The same with another configuration. */
  public Script with(Map<String, Object> fields) {
    return new Script(file, source, inputs, outputs, fields, errors, types, epochs, timeLimit);
  }

  /** The same with another handling of errors. */
  public Script with(ErrorHandling handling) {
    return new Script(file, source, inputs, outputs, config, handling, types, epochs, timeLimit);
  }

  /** The same with another time limit. */
  public Script with(Duration limit) {
    return new Script(file, source, inputs, outputs, config, errors, types, epochs, limit);
  }

  /** The same, knowing these types. */
  public Script knowing(Map<String, Object> schemas) {
    return new Script(file, source, inputs, outputs, config, errors, schemas, epochs, timeLimit);
  }

  /** The same without callbacks about epochs. */
  public Script withoutEpochs() {
    return new Script(file, source, inputs, outputs, config, errors, types, false, timeLimit);
  }

  /** The same with its ports connected or not, by their names. */
  public Script connecting(Predicate<String> input, Predicate<String> output) {
    return new Script(
        file,
        source,
        inputs.stream().map(port -> port.connected(input.test(port.name()))).toList(),
        outputs.stream().map(port -> port.connected(output.test(port.name()))).toList(),
        config,
        errors,
        types,
        epochs,
        timeLimit);
  }
}
