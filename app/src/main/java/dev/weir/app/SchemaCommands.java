package dev.weir.app;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import dev.weir.models.SchemaCheck;
import dev.weir.models.SchemaInference;
import dev.weir.models.Schemas;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Commands about schemas. They need no store. Stateless. */
public final class SchemaCommands {

  private SchemaCommands() {}

  /** What became of a line of JSON Lines. */
  public enum Outcome {
    /** It matches. */
    OK,
    /** It does not match. */
    FAIL,
    /** It is not JSON. */
    JSON
  }

  /**
   * A line that was looked at.
   *
   * @param text the line
   * @param reason what is wrong with it
   */
  public record Verdict(Outcome outcome, String text, Optional<String> reason) {}

  /**
   * Looks whether records match a schema.
   *
   * @param schema as in a smart comment: a type, JSON, a file or a name
   * @param file JSON Lines; {@code -} for standard input
   * @return whether all do
   * @throws dev.weir.models.BadModelException when the schema is none
   */
  public static boolean verify(String schema, String file, Consumer<Verdict> verdicts) {
    var check = SchemaCheck.of(Schemas.find(Path.of("").toAbsolutePath(), schema));
    boolean[] good = {true};
    lines(
        file,
        line -> {
          var verdict = verdict(check, line);
          good[0] &= verdict.outcome() == Outcome.OK;
          verdicts.accept(verdict);
        });
    return good[0];
  }

  private static Verdict verdict(SchemaCheck check, String line) {
    Object value;
    try {
      value = Json.parse(line);
    } catch (BadJsonException e) {
      return new Verdict(Outcome.JSON, line, Optional.of(e.getMessage()));
    }
    return check.accepts(value)
        ? new Verdict(Outcome.OK, line, Optional.empty())
        : new Verdict(Outcome.FAIL, line, Optional.of(check.explain(value)));
  }

  /**
   * Finds a schema that the records match.
   *
   * @param file JSON Lines; {@code -} for standard input
   * @param name what a record is called; empty for the name of the file
   * @param bad told of lines that are not JSON, which do not count
   * @return the schema as a JSON value
   */
  public static Object infer(String file, Optional<String> name, Consumer<String> bad) {
    var inference = new SchemaInference();
    long[] number = {0};
    lines(
        file,
        line -> {
          number[0]++;
          try {
            inference.add(Json.parse(line));
          } catch (BadJsonException e) {
            bad.accept("record " + number[0] + " is left out: " + e.getMessage());
          }
        });
    if (inference.records() == 0) {
      throw new CommandException(
          (file.equals("-") ? "standard input" : file)
              + " holds no records to infer a schema from");
    }
    return inference.schema(name.orElseGet(() -> nameOf(file)));
  }

  private static String nameOf(String file) {
    var name = file.equals("-") ? "record" : Path.of(file).getFileName().toString();
    int dot = name.indexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /** The lines of a file that are not blank. */
  private static void lines(String file, Consumer<String> each) {
    try (var in = open(file);
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank()) {
          each.accept(line.strip());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String file) {
    if (file.equals("-")) {
      return System.in;
    }
    try {
      if (Files.isDirectory(Path.of(file))) {
        throw new CommandException(file + " is a directory; records are in a file of JSON Lines");
      }
      return Files.newInputStream(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + file);
    } catch (IOException e) {
      throw new CommandException(file + " cannot be read: " + e.getMessage());
    }
  }
}
