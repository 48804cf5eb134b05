package dev.weir.models;

import dev.weir.graph.Operator;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A scoring model: a file in a programming language whose comments declare the schemas of its
 * records and when its state is snapshotted. Immutable: the file as it was when it was loaded.
 *
 * <p>{@code # fastscore.input: int} gives slot 0 a schema, {@code # fastscore.output: int} slot 1;
 * {@code # fastscore.snapshots: eof} asks for a snapshot at the end. See the manual for the whole
 * list.
 */
public final class Model {

  /** A slot as the model declares it: the schema as written, if there is one. */
  public record Slot(int number, Optional<String> schema) {}

  private final Path file;
  private final String version;
  private final SmartComments comments;
  private final ModelOperator.SchemaChecks schemas;

  private Model(
      Path file, String version, SmartComments comments, ModelOperator.SchemaChecks schemas) {
    this.file = file;
    this.version = version;
    this.comments = comments;
    this.schemas = schemas;
  }

  /**
   * Reads a model's file, and the schemas that it names.
   *
   * @throws BadModelException when it is not there, is no model of this version, or declares what
   *     cannot be; the message names file and line
   */
  public static Model load(Path file) {
    language(file);
    byte[] content = read(file);
    var text = decode(file, content);
    var comments = SmartComments.parse(file.toString(), text.lines().toList());
    return new Model(
        file,
        hash(content),
        comments,
        new ModelOperator.SchemaChecks(
            check(file, comments, 0), check(file, comments, 1), comments.outputUnused()));
  }

  public Path file() {
    return file;
  }

  /** The file's name without its ending: a job's name unless it is given another. */
  public String name() {
    var name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** The first 12 hexadecimal digits of the SHA-256 of the file. */
  public String version() {
    return version;
  }

  public List<Slot> slots() {
    var input = new Slot(0, declared(0));
    return comments.outputUnused() ? List.of(input) : List.of(input, new Slot(1, declared(1)));
  }

  public SnapshotPolicy snapshots() {
    return comments.snapshots();
  }

  /** What the user should know of the file, a line each. */
  public List<String> warnings() {
    return comments.warnings();
  }

  /** Makes the model an operator, anew for each run. */
  public Supplier<Operator> operator(ModelOptions options, RunnerFactory runners) {
    return () ->
        new ModelOperator(
            file.getFileName().toString(), schemas, options, runners, System::nanoTime);
  }

  private Optional<String> declared(int slot) {
    return Optional.ofNullable(comments.schemas().get(slot)).map(SmartComments.Declared::value);
  }

  private static SchemaCheck check(Path file, SmartComments comments, int slot) {
    var declared = comments.schemas().get(slot);
    return declared == null ? null : Schemas.resolve(file, declared);
  }

  private static void language(Path file) {
    var name = file.getFileName() == null ? "" : file.getFileName().toString();
    if (Files.isDirectory(file)) {
      throw new BadModelException(file + " is a directory; a model is a file, such as model.py");
    }
    var lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".py") || lower.endsWith(".py3") || lower.endsWith(".r")) {
      return;
    }
    for (var later : List.of(".java", ".yaml", ".json", ".c", ".m", ".pfa", ".ppfa")) {
      if (lower.endsWith(later)) {
        throw new BadModelException(
            file + ": programs of this kind are not in this version; it runs models in Python (.py) and R (.R)");
      }
    }
    throw new BadModelException(
        file + ": the ending of its name does not say what it is; a Python model ends in .py, an R model in .R");
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new BadModelException("there is no file " + file, e);
    } catch (java.nio.file.AccessDeniedException e) {
      throw new BadModelException(file + " may not be read; see its permissions (ls -l)", e);
    } catch (IOException e) {
      throw new BadModelException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static String decode(Path file, byte[] content) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(java.nio.ByteBuffer.wrap(content))
          .toString();
    } catch (CharacterCodingException e) {
      throw new BadModelException(file + " is not UTF-8 text; save it as UTF-8", e);
    }
  }

  private static String hash(byte[] content) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(digest).substring(0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
