package dev.weir.models;

import dev.weir.graph.Operator;
import dev.weir.graph.StateTable;
import dev.weir.runners.ProgramSpec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/**
 * A scoring model: a file in a programming language whose comments declare the schemas of its
 * records and when its state is snapshotted. Immutable: the file as it was when it was loaded.
 *
 * <p>{@code # fastscore.input: int} gives slot 0 a schema, {@code # fastscore.output: int} slot 1;
 * {@code # fastscore.snapshots: eof} asks for a snapshot at the end. See the manual for the whole
 * list.
 */
public final class Model {

  /**
   * A slot as the model declares it.
   *
   * @param number even for inputs, odd for outputs
   * @param name another name for the number, if it has one
   * @param schema as written, if there is one
   * @param type what that means
   * @param set whether its records come in sets
   * @param action the function that takes the records of an input, where it is not {@code action}
   */
  public record Slot(
      int number,
      Optional<String> name,
      Optional<String> schema,
      Optional<Schema> type,
      boolean set,
      Optional<String> action) {

    public boolean input() {
      return number % 2 == 0;
    }
  }

  private final Path file;
  private final Language language;
  private final String version;
  private final SmartComments comments;
  private final List<Slot> slots;

  private Model(
      Path file, Language language, String version, SmartComments comments, List<Slot> slots) {
    this.file = file;
    this.language = language;
    this.version = version;
    this.comments = comments;
    this.slots = slots;
  }

  /**
   * Reads a model's file, and the schemas that it names.
   *
   * @throws BadModelException when it is not there, is no model of this version, or declares what
   *     cannot be; the message names file and line
   */
  public static Model load(Path file) {
    var language = language(file);
    byte[] content = read(file);
    var text = decode(file, content);
    var comments = SmartComments.parse(file.toString(), language, text.lines().toList());
    var slots = comments.slots().values().stream().map(slot -> slot(file, slot)).toList();
    if (slots.stream().noneMatch(Slot::input)) {
      throw new BadModelException(
          file + " declares all its input slots unused; a model needs one, such as slot 0");
    }
    return new Model(file, language, hash(content), comments, slots);
  }

  private static Slot slot(Path file, SmartComments.Slot slot) {
    return new Slot(
        slot.number(),
        slot.name(),
        slot.schema().map(SmartComments.Declared::value),
        slot.schema().map(declared -> Schemas.find(file, declared)),
        slot.set(),
        slot.action().filter(name -> !name.equals("action") && !name.equals("unused")));
  }

  public Path file() {
    return file;
  }

  public Language language() {
    return language;
  }

  /**
   * What its runners need to know of it.
   *
   * @param named the file, as it is to be named in messages
   * @param goOn whether a record at which it raises is rejected
   */
  public ProgramSpec program(Path named, boolean goOn) {
    var actions = new HashMap<Integer, String>();
    slots.forEach(slot -> slot.action().ifPresent(name -> actions.put(slot.number(), name)));
    var sets = slots.stream().filter(Slot::set).map(Slot::number).collect(Collectors.toSet());
    return new ProgramSpec(named, actions, sets, comments.callbacks(), goOn);
  }

  /** Whether its functions are called; otherwise it reads its slots itself. */
  public boolean callbacks() {
    return comments.callbacks();
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

  /** The slots in use, by number. */
  public List<Slot> slots() {
    return slots;
  }

  public SnapshotPolicy snapshots() {
    return comments.snapshots();
  }

  /** What the user should know of the file, a line each. */
  public List<String> warnings() {
    return comments.warnings();
  }

  /** The tables in which models keep cells, pools, and records that they have not read yet. */
  public static List<StateTable.Schema> tables() {
    return List.of(SharedState.CELL, SharedState.POOL, Backlog.PENDING);
  }

  /** Makes the model an operator, anew for each run. */
  public Supplier<Operator> operator(ModelOptions options, RunnerFactory runners) {
    var checked = slots.stream().map(this::checked).toList();
    return () ->
        new ModelOperator(
            file.getFileName().toString(),
            new Slots(checked, comments.callbacks()),
            options,
            runners,
            System::nanoTime);
  }

  private Slots.Slot checked(Slot slot) {
    boolean allDoubles = language == Language.R && !slot.input();
    var check =
        slot.type()
            .map(type -> allDoubles ? SchemaCheck.ofDoubles(type) : SchemaCheck.of(type))
            .orElse(null);
    return new Slots.Slot(slot.number(), check, slot.set());
  }

  private static Language language(Path file) {
    if (Files.isDirectory(file)) {
      throw new BadModelException(file + " is a directory; a model is a file, such as model.py");
    }
    return Language.of(file)
        .orElseThrow(
            () ->
                new BadModelException(
                    file
                        + ": the ending of its name is not that of a language; there are "
                        + Language.known()));
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
