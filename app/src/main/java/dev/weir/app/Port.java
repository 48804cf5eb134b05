package dev.weir.app;

import dev.weir.graph.Names;
import dev.weir.graph.Rejection;
import dev.weir.operators.Script;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * A port of a node.
 *
 * @param number as the graph has it; negative for records that could not be used
 * @param aliases other names for it
 * @param type of its records, if it is known
 * @param required whether something must be connected to it
 * @param sets whether its records come in sets
 * @param declared what a script says of its messages, which is no schema
 */
record Port(
    int number,
    String name,
    List<String> aliases,
    Optional<Schema> type,
    boolean required,
    boolean sets,
    Optional<Script.Port> declared) {

  static final Port REJECTS = aside(Rejection.Reason.REJECTS, "rejects");
  static final Port DEAD_LETTERS = aside(Rejection.Reason.DEAD_LETTERS, "dead-letters");

  /** A port of this number and name. */
  static Port of(int number, String name, boolean required) {
    return new Port(number, name, List.of(), Optional.empty(), required, false, Optional.empty());
  }

  /** A port of a script, by its number. */
  static Port of(int number, Script.Port port) {
    return new Port(
        number, port.name(), List.of(), Optional.empty(), false, false, Optional.of(port));
  }

  private static Port aside(int number, String name) {
    return of(number, name, false);
  }

  Port withType(Optional<Schema> other) {
    return new Port(number, name, aliases, other, required, sets, declared);
  }

  /** Whether it is for records that could not be used. */
  boolean aside() {
    return number < 0;
  }

  boolean isCalled(String text) {
    return name.equals(text) || aliases.contains(text);
  }

  /** The port that is meant where none is named: the only one, else the first of slot 0 or 1. */
  static Optional<Port> usual(List<Port> ports) {
    var main = ports.stream().filter(port -> !port.aside()).toList();
    return main.size() == 1
        ? Optional.of(main.get(0))
        : main.stream().filter(port -> port.isCalled("in") || port.isCalled("out")).findFirst();
  }

  /** What to say of ports when one is not found. */
  static String hint(String text, List<Port> ports) {
    return Names.hint(text, "it has", ports.stream().map(Port::name).toList());
  }
}
