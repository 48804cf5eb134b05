package dev.weir.app;

import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import dev.weir.models.SchemaCheck;
import dev.weir.models.SchemaInference;
import dev.weir.models.Schemas;
import dev.weir.streams.StreamSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Commands about schemas. They need no store. Stateless. */
public final class SchemaCommands {

  /** A record that matches. */
  public static final String OK = "OK";

  /** A record that does not match. */
  public static final String FAIL = "FAIL";

  /** What all cells of a column of CSV can be. */
  private enum Kind {
    NUMBER("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?"),
    TRUTH("true|false"),
    TEXT("(?s).*");

    private final Pattern pattern;

    Kind(String pattern) {
      this.pattern = Pattern.compile(pattern);
    }

    static Kind of(String cell) {
      return Arrays.stream(values())
          .filter(kind -> kind.pattern.matcher(cell).matches())
          .findFirst()
          .orElseThrow();
    }

    Kind and(Kind other) {
      return this == other ? this : TEXT;
    }
  }

  private SchemaCommands() {}

  /**
   * A record that was looked at.
   *
   * @param outcome {@link #OK}, {@link #FAIL}, or the name of the stream's encoding, such as {@code
   *     JSON}, where it is none of it
   * @param text the record as JSON, or what is there instead
   * @param reason what is wrong with it
   */
  public record Verdict(String outcome, String text, Optional<String> reason) {}

  /**
   * Looks whether records match a schema.
   *
   * @param schema as in a smart comment: a type, JSON, a file or a name
   * @param stream a stream that has no schema of its own is read by this one
   * @param most at most so many records
   * @param warnings told what the user should know
   * @return whether all do
   * @throws dev.weir.models.BadModelException when the schema is none
   */
  public static boolean verify(
      String schema,
      String stream,
      long most,
      Consumer<Verdict> verdicts,
      Consumer<String> warnings) {
    var avro = Schemas.find(Path.of("").toAbsolutePath(), schema);
    var check = SchemaCheck.of(avro);
    var spec = NamedStreams.parse(stream).inheriting(avro);
    var encoding = encoding(spec).toUpperCase(Locale.ROOT);
    boolean[] good = {true};
    StreamReading.read(
        spec,
        most,
        new StreamReading.Reader() {
          @Override
          public void record(long number, Object record) {
            var text = Json.toText(record);
            if (check.accepts(record)) {
              verdicts.accept(new Verdict(OK, text, Optional.empty()));
            } else {
              good[0] = false;
              verdicts.accept(new Verdict(FAIL, text, Optional.of(check.explain(record))));
            }
          }

          @Override
          public void reject(Rejection rejection) {
            good[0] = false;
            verdicts.accept(
                new Verdict(encoding, rejection.record(), Optional.of(rejection.message())));
          }
        },
        warnings);
    return good[0];
  }

  /**
   * Finds a schema that the records match.
   *
   * @param most at most so many records
   * @param name what a record is called; empty for the name of the file
   * @param notes told of what is no record, which does not count, and what the user should know
   * @return the schema as a JSON value
   */
  public static Object infer(
      String stream, long most, Optional<String> name, Consumer<String> notes) {
    var spec = NamedStreams.parse(stream);
    var inference = new SchemaInference();
    // All cells of CSV are text: what they could be instead is seen when all of a column are known.
    var rows = new ArrayList<Map<?, ?>>();
    boolean untyped = encoding(spec).equals("csv") && spec.schema().isEmpty();
    StreamReading.read(
        spec,
        most,
        new StreamReading.Reader() {
          @Override
          public void record(long number, Object record) {
            if (untyped && record instanceof Map<?, ?> row) {
              rows.add(row);
            } else {
              inference.add(record);
            }
          }

          @Override
          public void reject(Rejection rejection) {
            notes.accept("record " + rejection.sequence() + " is left out: " + rejection.message());
          }
        },
        notes);
    typed(rows).forEach(inference::add);
    if (inference.records() == 0) {
      throw new CommandException(spec.describe() + " holds no records to infer a schema from");
    }
    return inference.schema(name.orElseGet(() -> nameOf(stream)));
  }

  /** Rows of CSV with the cells of each column as what all of them can be; empty ones are null. */
  private static List<Map<String, Object>> typed(List<Map<?, ?>> rows) {
    var columns = new HashMap<Object, Kind>();
    for (var row : rows) {
      row.forEach(
          (column, cell) -> {
            if (!"".equals(cell)) {
              columns.merge(column, Kind.of(cell.toString()), Kind::and);
            }
          });
    }
    var typed = new ArrayList<Map<String, Object>>();
    for (var row : rows) {
      var values = new LinkedHashMap<String, Object>();
      row.forEach(
          (column, cell) -> values.put(column.toString(), value(cell, columns.get(column))));
      typed.add(values);
    }
    return typed;
  }

  private static Object value(Object cell, Kind kind) {
    if ("".equals(cell)) {
      return null;
    }
    return kind == Kind.TEXT ? cell : Json.parse(cell.toString());
  }

  static String encoding(StreamSpec spec) {
    var encoding = spec.resolved().get("encoding");
    return encoding instanceof Map<?, ?> map ? map.get("type").toString() : encoding.toString();
  }

  private static String nameOf(String stream) {
    if (stream.equals("-")
        || stream.startsWith("{")
        || stream.matches("(?!file:)[a-z][a-z-]+:.*")) {
      return "record";
    }
    var name = Path.of(stream.replaceFirst("^file:", "")).getFileName().toString();
    int dot = name.indexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
