package dev.weir.state.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.state.BadExportException;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Snapshots;
import dev.weir.state.StoreException;
import dev.weir.state.Table;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/**
 * The open format in which a snapshot travels: a zip of {@code manifest.json} and one Avro object
 * container file per table, whose fields are the columns without the subject.
 */
final class Exports {

  private static final int FORMAT = 1;
  private static final String MANIFEST = "manifest.json";

  private Exports() {}

  /** Writes an export beside the file, then renames it. */
  static void write(Snapshot snapshot, List<Table> tables, Snapshots.Contents contents, Path file) {
    if (Files.isDirectory(file)) {
      throw new StoreException("cannot write the export %s: it is a folder".formatted(file));
    }
    var part = file.resolveSibling(file.getFileName() + "-" + UUID.randomUUID() + ".part");
    try {
      try (var zip =
          new ZipOutputStream(Files.newOutputStream(part, StandardOpenOption.CREATE_NEW))) {
        var manifest = describe(snapshot);
        var entries = manifest.putArray("tables");
        for (var table : tables) {
          var name = "tables/" + table.name() + ".avro";
          zip.putNextEntry(new ZipEntry(name));
          var digest = sha256();
          long rows;
          try (var scan = contents.rows(table.content())) {
            rows = writeAvro(table, scan, new DigestOutputStream(new Kept(zip), digest));
          }
          zip.closeEntry();
          entries.add(
              describe(table)
                  .put("rows", rows)
                  .put("file", name)
                  .put("sha256", HexFormat.of().formatHex(digest.digest())));
        }
        zip.putNextEntry(new ZipEntry(MANIFEST));
        zip.write(
            new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValueAsBytes(manifest));
        zip.closeEntry();
      }
      try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      discard(part, e);
      throw Disk.cannotWrite(file, e);
    } catch (RuntimeException e) {
      discard(part, e);
      throw e;
    }
  }

  private static void discard(Path part, Exception because) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  private static ObjectNode describe(Snapshot snapshot) {
    var mapper = new ObjectMapper();
    var manifest = mapper.createObjectNode();
    manifest.put("format", FORMAT);
    manifest.put("id", snapshot.id());
    manifest.put("subject", snapshot.subject());
    manifest.put("position", snapshot.position());
    manifest.put("taken_at", snapshot.takenAt().toString());
    manifest.put("why", snapshot.why().word());
    manifest.put("program", snapshot.program());
    manifest.put("rows", snapshot.rows());
    manifest.put("positions", snapshot.positions());
    return manifest;
  }

  private static ObjectNode describe(Table table) {
    var node = new ObjectMapper().createObjectNode();
    node.put("name", table.name());
    node.put("subject_column", table.columns().get(0).name());
    var key = node.putArray("key");
    var columns = node.putArray("columns");
    for (int i = 1; i < table.columns().size(); i++) {
      var column = table.columns().get(i);
      if (i < table.keyLength()) {
        key.add(column.name());
      }
      var described = columns.addObject();
      described.put("name", column.name());
      described.put("type", column.type().name().toLowerCase(Locale.ROOT));
      described.put("nullable", column.nullable());
    }
    var indexes = node.putArray("indexes");
    for (var index : table.indexes()) {
      var described = indexes.addObject();
      described.put("name", index.name());
      index.columns().forEach(described.putArray("columns")::add);
    }
    return node;
  }

  private static Schema schema(Table table) {
    var fields = new ArrayList<Schema.Field>();
    for (var column : table.content().columns()) {
      var type =
          switch (column.type()) {
            case INTEGER -> Schema.create(Schema.Type.LONG);
            case REAL -> Schema.create(Schema.Type.DOUBLE);
            case TEXT -> Schema.create(Schema.Type.STRING);
            case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
            case BYTES -> Schema.create(Schema.Type.BYTES);
            case JSON -> {
              var text = Schema.create(Schema.Type.STRING);
              text.addProp("content", "json");
              yield text;
            }
            case INSTANT ->
                LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
          };
      fields.add(
          new Schema.Field(
              column.name(),
              column.nullable() ? Schema.createUnion(Schema.create(Schema.Type.NULL), type) : type,
              null,
              (Object) null));
    }
    return Schema.createRecord(table.name(), null, "dev.weir.state", false, fields);
  }

  private static long writeAvro(Table table, Cut.Rows rows, OutputStream out) throws IOException {
    var schema = schema(table);
    var columns = table.content().columns();
    long count = 0;
    try (var writer = new DataFileWriter<GenericRecord>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.deflateCodec(1));
      writer.create(schema, out);
      var record = new GenericData.Record(schema);
      while (rows.hasNext()) {
        var row = rows.next();
        for (int i = 0; i < columns.size(); i++) {
          record.put(i, toAvro(columns.get(i), row.get(i)));
        }
        writer.append(record);
        count++;
      }
    }
    return count;
  }

  private static Object toAvro(Column column, Object value) {
    if (value == null) {
      return null;
    }
    return switch (column.type()) {
      case BYTES -> ByteBuffer.wrap((byte[]) value);
      case INSTANT -> (Object) RowCodec.micros((Instant) value);
      default -> value;
    };
  }

  private static Object fromAvro(Column column, Object value) {
    if (value == null) {
      return null;
    }
    return switch (column.type()) {
      case TEXT, JSON -> value.toString();
      case BYTES -> {
        var buffer = (ByteBuffer) value;
        var bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        yield bytes;
      }
      case INSTANT -> RowCodec.instant((Long) value);
      default -> value;
    };
  }

  /** Opens an export and verifies that every file in it is whole. */
  static Incoming open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadExportException(
          "%s: %s"
              .formatted(
                  file, Files.exists(file) ? "this is not a file" : "there is no such file"));
    }
    ZipFile zip;
    try {
      zip = new ZipFile(file.toFile());
    } catch (ZipException e) {
      throw new BadExportException(
          "%s is not an export of a snapshot: it is not a zip file (%s)"
              .formatted(file, e.getMessage()),
          e);
    } catch (NoSuchFileException e) {
      throw new BadExportException("%s: there is no such file".formatted(file), e);
    } catch (IOException e) {
      throw new BadExportException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
    boolean done = false;
    try {
      var incoming = new Incoming(file, zip);
      done = true;
      return incoming;
    } finally {
      if (!done) {
        closeQuietly(zip);
      }
    }
  }

  private static void closeQuietly(ZipFile zip) {
    try {
      zip.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /** An export whose files are known to be whole. */
  static final class Incoming implements AutoCloseable {
    private final Path file;
    private final ZipFile zip;
    private final Snapshot snapshot;
    private final List<Table> tables = new ArrayList<>();
    private final Map<String, ZipEntry> files = new HashMap<>();
    private final Map<String, Long> rowCounts = new HashMap<>();

    Incoming(Path file, ZipFile zip) {
      this.file = file;
      this.zip = zip;
      try {
        var manifest = manifest();
        long rows = 0;
        long bytes = 0;
        for (var node : required(manifest, "tables")) {
          var table = table(node);
          tables.add(table);
          files.put(table.name(), verified(table, node));
          long count = required(node, "rows").longValue();
          rowCounts.put(table.name(), count);
          rows += count;
          bytes += files.get(table.name()).getCompressedSize();
        }
        snapshot =
            new Snapshot(
                text(manifest, "id"),
                text(manifest, "subject"),
                required(manifest, "position").longValue(),
                Instant.parse(text(manifest, "taken_at")),
                Snapshot.Why.valueOf(text(manifest, "why").toUpperCase(Locale.ROOT)),
                text(manifest, "program"),
                tables.size(),
                rows,
                bytes,
                0,
                text(manifest, "positions"),
                false);
        if (!snapshot.id().matches("[0-9a-z]{8}")) {
          throw bad(
              "the id \"%s\" in its manifest is no id of a snapshot".formatted(snapshot.id()),
              null);
        }
      } catch (IOException e) {
        throw bad("it cannot be read: " + e.getMessage(), e);
      } catch (IllegalArgumentException | DateTimeException e) {
        throw bad("its manifest has a wrong value: " + e.getMessage(), e);
      }
      for (var table : tables) {
        try (var rows = rows(table)) {
          rows.forEachRemaining(row -> {});
        }
      }
    }

    Snapshot snapshot() {
      return snapshot;
    }

    /** The tables, with their subject columns. */
    List<Table> tables() {
      return tables;
    }

    /** The rows of a table, each checked. */
    Cut.Rows rows(Table table) {
      try {
        return new AvroRows(table, zip.getInputStream(files.get(table.name())));
      } catch (IOException | AvroRuntimeException e) {
        throw bad("table %s cannot be read: %s".formatted(table.name(), e.getMessage()), e);
      }
    }

    private JsonNode manifest() throws IOException {
      var entry = zip.getEntry(MANIFEST);
      if (entry == null) {
        throw bad("it has no " + MANIFEST, null);
      }
      JsonNode manifest;
      try (var in = zip.getInputStream(entry)) {
        var bytes = in.readAllBytes();
        var sum = new CRC32();
        sum.update(bytes);
        if (sum.getValue() != entry.getCrc()) {
          throw bad("its manifest is damaged", null);
        }
        manifest = new ObjectMapper().readTree(bytes);
      } catch (JsonProcessingException e) {
        throw bad("its manifest is not JSON: " + e.getOriginalMessage(), e);
      }
      int format = required(manifest, "format").intValue();
      if (format > FORMAT) {
        throw bad(
            "it is of format %d, made by a newer version of Weir; this one reads up to %d"
                .formatted(format, FORMAT),
            null);
      }
      if (format < 1) {
        throw bad("its manifest does not say which format it is", null);
      }
      return manifest;
    }

    private ZipEntry verified(Table table, JsonNode node) throws IOException {
      var name = text(node, "file");
      var entry = zip.getEntry(name);
      if (entry == null) {
        throw bad("%s of table %s is missing".formatted(name, table.name()), null);
      }
      var digest = sha256();
      try (var in = new DigestInputStream(zip.getInputStream(entry), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        throw bad("%s of table %s is damaged: %s".formatted(name, table.name(), e.getMessage()), e);
      }
      if (!HexFormat.of().formatHex(digest.digest()).equals(text(node, "sha256"))) {
        throw bad(
            "%s of table %s is damaged: its SHA-256 is not the one in the manifest"
                .formatted(name, table.name()),
            null);
      }
      return entry;
    }

    private Table table(JsonNode node) {
      var name = text(node, "name");
      var columns = new ArrayList<Column>();
      columns.add(Column.of(text(node, "subject_column"), ColumnType.TEXT));
      for (var column : required(node, "columns")) {
        columns.add(
            new Column(
                text(column, "name"),
                ColumnType.valueOf(text(column, "type").toUpperCase(Locale.ROOT)),
                required(column, "nullable").booleanValue()));
      }
      var indexes = new ArrayList<Index>();
      for (var index : required(node, "indexes")) {
        var over = new ArrayList<String>();
        required(index, "columns").forEach(column -> over.add(column.textValue()));
        indexes.add(new Index(text(index, "name"), over));
      }
      var key = required(node, "key");
      for (int i = 0; i < key.size(); i++) {
        if (i + 1 >= columns.size() || !columns.get(i + 1).name().equals(key.get(i).textValue())) {
          throw bad("table %s: its key is not its first columns".formatted(name), null);
        }
      }
      var table = new Table(name, columns, key.size() + 1, indexes, Table.Role.STATE);
      TableText.check(table);
      return table;
    }

    private JsonNode required(JsonNode node, String field) {
      var value = node == null ? null : node.get(field);
      if (value == null || value.isNull()) {
        throw bad("its manifest has no \"%s\" where one is needed".formatted(field), null);
      }
      return value;
    }

    private String text(JsonNode node, String field) {
      var value = required(node, field);
      if (!value.isTextual()) {
        throw bad("\"%s\" in its manifest is not a text".formatted(field), null);
      }
      return value.textValue();
    }

    private BadExportException bad(String what, Throwable cause) {
      return new BadExportException(
          "%s is not a whole export of a snapshot: %s. Nothing was imported; export it again"
              .formatted(file, what),
          cause);
    }

    @Override
    public void close() {
      closeQuietly(zip);
    }

    /** Rows of an Avro file, checked against the table and its order. */
    private final class AvroRows implements Cut.Rows {
      private final Table table;
      private final Table content;
      private final RowOrder order;
      private final DataFileStream<GenericRecord> stream;
      private Row last;
      private long count;

      AvroRows(Table table, InputStream in) throws IOException {
        this.table = table;
        this.content = table.content();
        this.order = RowOrder.ofKey(content);
        this.stream =
            new DataFileStream<>(in, new GenericDatumReader<>(null, schema(table), plain()));
      }

      /** Without conversions: an instant stays the number that it is. */
      private static GenericData plain() {
        return new GenericData();
      }

      @Override
      public boolean hasNext() {
        try {
          boolean more = stream.hasNext();
          if (!more && count != rowCounts.get(table.name())) {
            throw bad(
                "table %s has %d rows, not %d"
                    .formatted(table.name(), count, rowCounts.get(table.name())),
                null);
          }
          return more;
        } catch (AvroRuntimeException e) {
          throw unreadable(e);
        }
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        try {
          var record = stream.next();
          var values = new Object[content.columns().size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = fromAvro(content.columns().get(i), record.get(i));
          }
          var row = RowCheck.row(content, Row.of(values));
          count++;
          if (last != null && order.compare(last, row) >= 0) {
            throw bad(
                "the rows of table %s are not in the order of its key (row %d)"
                    .formatted(table.name(), count),
                null);
          }
          last = row;
          return row;
        } catch (AvroRuntimeException | ClassCastException | IllegalArgumentException e) {
          throw unreadable(e);
        }
      }

      private BadExportException unreadable(RuntimeException e) {
        return bad(
            "table %s cannot be read at row %d: %s"
                .formatted(table.name(), count + 1, e.getMessage()),
            e);
      }

      @Override
      public void close() {
        try {
          stream.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /** Passes everything on but the closing. */
  private static final class Kept extends FilterOutputStream {
    Kept(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
