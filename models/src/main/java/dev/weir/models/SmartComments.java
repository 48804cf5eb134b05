package dev.weir.models;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What the comments of a model declare: whole lines {@code # fastscore.TAG.SLOT: value}, where
 * {@code odg} and {@code weir} stand for {@code fastscore} as well, and {@code //} for {@code #} in
 * languages that have it so. Immutable.
 *
 * <p>SLOT is a number, the name that a {@code name} comment gives to one, {@code $all}, {@code $in}
 * or {@code $out}. Even slots are inputs, odd ones outputs; 0 and 1 are in use unless declared
 * otherwise, another one when a comment names it. What is said of one slot goes before what is said
 * of many. Unknown tags are ignored; an unknown value of a known tag is an error that names the
 * line.
 *
 * @param slots those in use, by number
 * @param callbacks false for a model that reads its slots itself
 * @param modules those that come with the model
 * @param warnings lines that look like smart comments and are none
 */
record SmartComments(
    Map<Integer, Slot> slots,
    boolean callbacks,
    SnapshotPolicy snapshots,
    Set<String> modules,
    List<String> warnings) {

  /** A value and the line, from 1, that declares it. */
  record Declared(String value, int line) {}

  /**
   * A slot in use.
   *
   * @param name another name for its number
   * @param schema as written
   * @param set whether its records come in sets
   * @param action the function that takes its records
   */
  record Slot(
      int number,
      Optional<String> name,
      Optional<Declared> schema,
      boolean set,
      Optional<String> action) {

    boolean input() {
      return number % 2 == 0;
    }
  }

  private static final int LAST_SLOT = 999;
  private static final String LOOSE = "(?:fastscore|odg|weir)\\.";
  private static final Set<String> TAGS =
      Set.of(
          "input",
          "output",
          "schema",
          "recordsets",
          "slot",
          "action",
          "name",
          "snapshots",
          "module-attached");

  /**
   * @param file how the file is called in messages
   * @throws BadModelException names file and line
   */
  static SmartComments parse(String file, Language language, List<String> lines) {
    var parser = new Parser(file, language);
    for (int i = 0; i < lines.size(); i++) {
      parser.name(i + 1, lines.get(i));
    }
    for (int i = 0; i < lines.size(); i++) {
      parser.line(i + 1, lines.get(i));
    }
    return parser.result();
  }

  /** What is declared of a kind, by slot or by {@code $all}, {@code $in}, {@code $out}. */
  private static final class Declarations {
    private final Map<String, Declared> byScope = new LinkedHashMap<>();

    Optional<Declared> of(int slot) {
      for (var scope : List.of("" + slot, slot % 2 == 0 ? "$in" : "$out", "$all")) {
        if (byScope.containsKey(scope)) {
          return Optional.of(byScope.get(scope));
        }
      }
      return Optional.empty();
    }
  }

  private static final class Parser {
    private final String file;
    private final Pattern comment;
    private final Pattern noColon;
    private final Map<String, Integer> names = new LinkedHashMap<>();
    private final Declarations schemas = new Declarations();
    private final Declarations sets = new Declarations();
    private final Declarations actions = new Declarations();
    private final Set<Integer> used = new TreeSet<>(Set.of(0, 1));
    private final Set<String> modules = new LinkedHashSet<>();
    private final List<String> warnings = new ArrayList<>();
    private Optional<Declared> snapshots = Optional.empty();
    private int line;

    Parser(String file, Language language) {
      this.file = file;
      var leader = "\\s*" + Pattern.quote(language.comment()) + "+\\s*" + LOOSE;
      comment = Pattern.compile(leader + "([^\\s:]+)\\s*:\\s*(.*?)\\s*");
      noColon = Pattern.compile(leader + "(" + String.join("|", TAGS) + ")(\\.\\S+)?\\s+[^:]*");
    }

    /** The first pass: names may be used before the line that gives them. */
    void name(int number, String text) {
      line = number;
      var match = comment.matcher(text);
      if (!match.matches() || !match.group(1).startsWith("name.")) {
        return;
      }
      var slot = match.group(1).substring("name.".length());
      if (!slot.matches("[0-9]+")) {
        throw bad("'" + match.group(1) + "' must give the number of a slot, such as 'name.3: err'");
      }
      if (!match.group(2).matches("[A-Za-z_][A-Za-z0-9_-]*")) {
        throw bad("'" + match.group(2) + "' is no name of a slot: use letters, digits, - and _");
      }
      var before = names.putIfAbsent(match.group(2), number(match.group(1), slot));
      if (before != null && before != number(match.group(1), slot)) {
        throw bad("'" + match.group(2) + "' is the name of slot " + before + " already");
      }
    }

    void line(int number, String text) {
      line = number;
      var match = comment.matcher(text);
      if (!match.matches()) {
        if (noColon.matcher(text).matches()) {
          warnings.add(
              at() + "'" + text.strip() + "' has no colon after its tag and declares nothing");
        }
        return;
      }
      var tag = match.group(1);
      int dot = tag.indexOf('.');
      var kind = dot < 0 ? tag : tag.substring(0, dot);
      var slot = dot < 0 ? Optional.<String>empty() : Optional.of(tag.substring(dot + 1));
      if (!TAGS.contains(kind)) {
        return;
      }
      var value = match.group(2);
      if (value.isEmpty()) {
        throw bad("'" + tag + "' has no value");
      }
      switch (kind) {
        case "input" -> {
          slotless(tag, slot);
          schema("0", value);
        }
        case "output" -> {
          slotless(tag, slot);
          schema("1", value);
        }
        case "schema" -> schema(scope(tag, slot.orElse("$all")), value);
        case "recordsets" -> recordsets(tag, slot, value);
        case "action" -> action(tag, slot, value);
        case "slot" -> slot(tag, slot, value);
        case "name" -> scope(tag, slot.orElse("$all"));
        case "module-attached" -> {
          slotless(tag, slot);
          modules.add(value);
        }
        default -> {
          slotless(tag, slot);
          snapshots(value);
        }
      }
    }

    private void schema(String scope, String value) {
      declare(schemas, "the schema", scope, value);
    }

    private void declare(Declarations of, String what, String scope, String value) {
      use(scope);
      var before = of.byScope.putIfAbsent(scope, new Declared(value, line));
      if (before != null && !before.value().equals(value)) {
        throw bad(
            what
                + " of slot "
                + scope
                + " is '"
                + value
                + "' here and '"
                + before.value()
                + "' in line "
                + before.line());
      }
    }

    private void use(String scope) {
      if (!scope.startsWith("$")) {
        used.add(Integer.valueOf(scope));
      }
    }

    private void recordsets(String tag, Optional<String> slot, String value) {
      if (slot.isEmpty() && Set.of("none", "input", "output", "both").contains(value)) {
        sets("0", value.equals("input") || value.equals("both"));
        sets("1", value.equals("output") || value.equals("both"));
        return;
      }
      switch (value) {
        case "true", "yes" -> sets(scope(tag, slot.orElse("$all")), true);
        case "false", "no" -> sets(scope(tag, slot.orElse("$all")), false);
        default ->
            throw unknown(
                tag,
                value,
                slot.isPresent()
                    ? "true, false, yes, no"
                    : "none, input, output, both, true, false, yes, no");
      }
    }

    /** The old forms say something of slots 0 and 1 without using them. */
    private void sets(String scope, boolean on) {
      boolean unused = !scope.startsWith("$") && !used.contains(Integer.valueOf(scope));
      declare(sets, "the record set", scope, on ? "true" : "false");
      if (unused && !on) {
        used.remove(Integer.valueOf(scope));
      }
    }

    private void action(String tag, Optional<String> slot, String value) {
      var scope = scope(tag, slot.orElse("$in"));
      if (scope.equals("$out") || (!scope.startsWith("$") && Integer.parseInt(scope) % 2 == 1)) {
        throw bad("'" + tag + "': an output slot has no action; input slots are even");
      }
      if (!value.matches("[A-Za-z_.][A-Za-z0-9_.]*")) {
        throw bad("'" + value + "' is no name of a function");
      }
      declare(actions, "the action", scope, value.equals("none") ? "unused" : value);
    }

    private void slot(String tag, Optional<String> slot, String value) {
      var scope = scope(tag, slot.orElse("$all"));
      switch (value) {
        case "in-use" -> {
          if (slot.isEmpty() || slot.get().startsWith("$")) {
            throw bad("'" + tag + ": in-use' must name one slot, such as 'slot.0: in-use'");
          }
          use(scope);
        }
        case "unused" -> {
          var which =
              new ArrayList<>(
                  used.stream().filter(s -> scope.equals("" + s) || covers(scope, s)).toList());
          which.forEach(
              s -> {
                used.remove(s);
                List.of(schemas, sets, actions).forEach(kind -> kind.byScope.remove("" + s));
              });
        }
        default -> throw unknown(tag, value, "in-use, unused");
      }
    }

    private static boolean covers(String scope, int slot) {
      return scope.equals("$all") || scope.equals(slot % 2 == 0 ? "$in" : "$out");
    }

    private void snapshots(String value) {
      if (SnapshotPolicy.parse(value).isEmpty()) {
        throw unknown("snapshots", value, SnapshotPolicy.ALLOWED);
      }
      if (snapshots.isPresent() && !snapshots.get().value().equals(value)) {
        throw bad(
            "snapshots are '"
                + value
                + "' here and '"
                + snapshots.get().value()
                + "' in line "
                + snapshots.get().line());
      }
      snapshots = Optional.of(new Declared(value, line));
    }

    /** A slot's number, or one of {@code $all}, {@code $in}, {@code $out}. */
    private String scope(String tag, String slot) {
      if (Set.of("$all", "$in", "$out").contains(slot)) {
        return slot;
      }
      if (slot.matches("[0-9]+")) {
        return "" + number(tag, slot);
      }
      var number = names.get(slot);
      if (number == null) {
        throw bad(
            "'"
                + tag
                + "' names slot '"
                + slot
                + "', which is none: give its number, or name it with a comment such as 'weir.name.3: "
                + slot
                + "'");
      }
      return "" + number;
    }

    private int number(String tag, String digits) {
      if (digits.length() > 3 || Integer.parseInt(digits) > LAST_SLOT) {
        throw bad("'" + tag + "': the numbers of slots go to " + LAST_SLOT);
      }
      return Integer.parseInt(digits);
    }

    private void slotless(String tag, Optional<String> slot) {
      if (slot.isPresent()) {
        throw bad(
            "'"
                + tag
                + "' takes no slot; write '"
                + tag.substring(0, tag.indexOf('.'))
                + "' alone");
      }
    }

    private BadModelException unknown(String tag, String value, String allowed) {
      return bad("'" + value + "' is no value of '" + tag + "'; there are " + allowed);
    }

    private BadModelException bad(String what) {
      return new BadModelException(at() + what);
    }

    private String at() {
      return file + ":" + line + ": ";
    }

    SmartComments result() {
      var slots = new TreeMap<Integer, Slot>();
      for (int number : used) {
        slots.put(
            number,
            new Slot(
                number,
                names.entrySet().stream()
                    .filter(e -> e.getValue() == number)
                    .map(Map.Entry::getKey)
                    .findFirst(),
                schemas.of(number),
                sets.of(number).filter(d -> d.value().equals("true")).isPresent(),
                number % 2 == 0 ? actions.of(number).map(Declared::value) : Optional.empty()));
      }
      return new SmartComments(
          java.util.Collections.unmodifiableMap(slots),
          callbacks(slots),
          snapshots.flatMap(s -> SnapshotPolicy.parse(s.value())).orElse(SnapshotPolicy.NONE),
          Set.copyOf(modules),
          List.copyOf(warnings));
    }

    private boolean callbacks(Map<Integer, Slot> slots) {
      var inputs = slots.values().stream().filter(Slot::input).toList();
      if (inputs.isEmpty()) {
        var general = actions.byScope.getOrDefault("$in", actions.byScope.get("$all"));
        return general == null || !general.value().equals("unused");
      }
      var without =
          inputs.stream().filter(s -> s.action().filter("unused"::equals).isPresent()).toList();
      if (!without.isEmpty() && without.size() < inputs.size()) {
        throw new BadModelException(
            file
                + ": slot "
                + without.get(0).number()
                + " has no action and others have one; a model either takes all its input slots by"
                + " actions or reads all of them itself");
      }
      return without.isEmpty();
    }
  }
}
