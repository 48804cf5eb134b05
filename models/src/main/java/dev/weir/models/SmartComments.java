package dev.weir.models;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the comments of a model declare: whole lines {@code # fastscore.TAG.SLOT: value}, where
 * {@code odg} and {@code weir} stand for {@code fastscore} as well. Immutable.
 *
 * <p>SLOT is a number, {@code $all}, {@code $in} or {@code $out}; this version has the slots 0 (in)
 * and 1 (out). Unknown tags are ignored; an unknown value of a known tag, and what this version
 * lacks, is an error that names the line.
 *
 * @param schemas by slot, as written
 * @param outputUnused whether slot 1 is declared unused
 * @param warnings lines that look like smart comments and are none
 */
record SmartComments(
    Map<Integer, Declared> schemas,
    boolean outputUnused,
    SnapshotPolicy snapshots,
    List<String> warnings) {

  /** A value and the line, from 1, that declares it. */
  record Declared(String value, int line) {}

  private static final Pattern COMMENT =
      Pattern.compile("\\s*#+\\s*(?:fastscore|odg|weir)\\.([^\\s:]+)\\s*:\\s*(.*?)\\s*");
  private static final Set<String> TAGS =
      Set.of("input", "output", "schema", "recordsets", "slot", "action", "snapshots");
  private static final Pattern NO_COLON =
      Pattern.compile(
          "\\s*#+\\s*(?:fastscore|odg|weir)\\.(" + String.join("|", TAGS) + ")(\\.\\S+)?\\s+[^:]*");

  /**
   * @param file how the file is called in messages
   * @throws BadModelException names file and line
   */
  static SmartComments parse(String file, List<String> lines) {
    var parser = new Parser(file);
    for (int i = 0; i < lines.size(); i++) {
      parser.line(i + 1, lines.get(i));
    }
    return parser.result();
  }

  private static final class Parser {
    private final String file;
    private final Map<Integer, Declared> schemas = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private Optional<Declared> snapshots = Optional.empty();
    private boolean outputUnused;
    private int line;

    Parser(String file) {
      this.file = file;
    }

    void line(int number, String text) {
      line = number;
      var comment = COMMENT.matcher(text);
      if (!comment.matches()) {
        if (NO_COLON.matcher(text).matches()) {
          warnings.add(
              at() + "'" + text.strip() + "' has no colon after its tag and declares nothing");
        }
        return;
      }
      var tag = comment.group(1);
      int dot = tag.indexOf('.');
      var kind = dot < 0 ? tag : tag.substring(0, dot);
      var slot = dot < 0 ? Optional.<String>empty() : Optional.of(tag.substring(dot + 1));
      if (!TAGS.contains(kind)) {
        return;
      }
      var value = comment.group(2);
      if (value.isEmpty()) {
        throw bad("'" + tag + "' has no value");
      }
      switch (kind) {
        case "input" -> {
          slotless(tag, slot);
          schema(0, value);
        }
        case "output" -> {
          slotless(tag, slot);
          schema(1, value);
        }
        case "schema" -> slots(tag, slot.orElse("$all")).forEach(s -> schema(s, value));
        case "recordsets" -> recordsets(tag, slot, value);
        case "action" -> action(tag, slot, value);
        case "slot" -> slot(tag, slot, value);
        default -> {
          slotless(tag, slot);
          snapshots(value);
        }
      }
    }

    private void schema(int slot, String value) {
      var before = schemas.putIfAbsent(slot, new Declared(value, line));
      if (before != null && !before.value().equals(value)) {
        throw bad(
            "the schema of slot "
                + slot
                + " is '"
                + value
                + "' here and '"
                + before.value()
                + "' in line "
                + before.line());
      }
    }

    private void recordsets(String tag, Optional<String> slot, String value) {
      slots(tag, slot.orElse("$all"));
      var on =
          slot.isPresent()
              ? Set.of("true", "yes")
              : Set.of("true", "yes", "input", "output", "both");
      var off = slot.isPresent() ? Set.of("false", "no") : Set.of("false", "no", "none");
      if (on.contains(value)) {
        throw bad("'" + tag + ": " + value + "': record sets are not in this version");
      }
      if (!off.contains(value)) {
        throw unknown(
            tag,
            value,
            slot.isPresent()
                ? "true, false, yes, no"
                : "none, input, output, both, true, false, yes, no");
      }
    }

    private void action(String tag, Optional<String> slot, String value) {
      slots(tag, slot.orElse("$in"));
      if (value.equals("none") || value.equals("unused")) {
        throw bad("'" + tag + ": " + value + "': a model without action() is not in this version");
      }
      if (!value.equals("action")) {
        throw bad(
            "'" + tag + ": " + value + "': in this version the function is always called 'action'");
      }
    }

    private void slot(String tag, Optional<String> slot, String value) {
      var slots = slots(tag, slot.orElse("$all"));
      switch (value) {
        case "in-use" -> {
          if (slot.isEmpty() || slot.get().startsWith("$")) {
            throw bad("'" + tag + ": in-use' must name one slot, such as 'slot.0: in-use'");
          }
          outputUnused &= !slots.contains(1);
        }
        case "unused" -> {
          if (slots.contains(0)) {
            throw bad("'" + tag + ": unused': a model without input is not in this version");
          }
          outputUnused = true;
          schemas.remove(1);
        }
        default -> throw unknown(tag, value, "in-use, unused");
      }
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

    private List<Integer> slots(String tag, String slot) {
      return switch (slot) {
        case "$all" -> List.of(0, 1);
        case "$in", "0" -> List.of(0);
        case "$out", "1" -> List.of(1);
        default ->
            throw bad(
                "'"
                    + tag
                    + "' names slot '"
                    + slot
                    + "'; this version has the slots 0 (input) and 1 (output) only");
      };
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
      return new SmartComments(
          Map.copyOf(schemas),
          outputUnused,
          snapshots.flatMap(s -> SnapshotPolicy.parse(s.value())).orElse(SnapshotPolicy.NONE),
          List.copyOf(warnings));
    }
  }
}
