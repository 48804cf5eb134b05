package dev.weir.streams.internal;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.weir.graph.BadJsonException;
import dev.weir.graph.Control;
import dev.weir.graph.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * One row of CSV is one object. Its keys are the fields of the schema in their order, whatever the
 * header says, or without a schema those of the header. A cell is of its field's type; where that
 * is an array, a map or a record, the cell is its JSON. Without a schema it is text. An empty cell
 * is null where the type allows it. Control records have no form in rows: they are not written.
 */
final class CsvEncoding implements Encoding {

  private final CsvFactory factory =
      CsvFactory.builder()
          .disable(CsvParser.Feature.TRIM_SPACES)
          .enable(CsvGenerator.Feature.ALWAYS_QUOTE_EMPTY_STRINGS)
          .build();
  private final CsvSchema layout;
  private final boolean headed;
  private final Utf8 utf8 = new Utf8();
  private List<String> names;
  private List<Schema> types;

  CsvEncoding(Format format) {
    this.layout =
        CsvSchema.emptySchema()
            .withQuoteChar(format.csv().quote())
            .withColumnSeparator(format.csv().delimiter())
            .withLineSeparator("");
    this.headed = format.hasHeader();
    var schema = format.schema();
    if (schema != null && schema.getType() == Schema.Type.RECORD) {
      names = schema.getFields().stream().map(Schema.Field::name).toList();
      types = schema.getFields().stream().map(Schema.Field::schema).toList();
    }
  }

  @Override
  public void header(byte[] bytes, int from, int to) throws BadMessageException {
    var header = cells(bytes, from, to);
    if (names == null) {
      if (header.stream().distinct().count() < header.size()) {
        throw new BadMessageException("it names a column twice: " + header);
      }
      names = header;
    }
  }

  @Override
  public Object decode(byte[] bytes, int from, int to) throws BadMessageException {
    var cells = cells(bytes, from, to);
    if (cells.size() != names.size()) {
      throw new BadMessageException(
          "the row has " + cells.size() + " cells, not " + names.size() + " (" + names + ")");
    }
    var record = new LinkedHashMap<String, Object>();
    for (int i = 0; i < cells.size(); i++) {
      var name = names.get(i);
      record.put(name, types == null ? cells.get(i) : value(types.get(i), cells.get(i), name));
    }
    return record;
  }

  private List<String> cells(byte[] bytes, int from, int to) throws BadMessageException {
    var cells = new ArrayList<String>();
    try (var in = factory.createParser(utf8.decode(bytes, from, to))) {
      in.setSchema(layout);
      var token = in.nextToken();
      if (token == null) {
        return List.of("");
      }
      for (token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
        if (token == null) {
          throw new BadMessageException("not CSV: the row ends within a cell");
        }
        cells.add(in.getText());
      }
      if (in.nextToken() != null) {
        throw new BadMessageException("not CSV: it is more than one row");
      }
      return cells;
    } catch (IOException e) {
      throw new BadMessageException("not CSV: " + e.getMessage().lines().findFirst().orElse(""));
    }
  }

  private static Object value(Schema type, String cell, String name) throws BadMessageException {
    try {
      switch (type.getType()) {
        case STRING, BYTES, FIXED, ENUM:
          return cell;
        case NULL:
          if (!cell.isEmpty()) {
            throw new NumberFormatException();
          }
          return null;
        case INT:
          return (long) Integer.parseInt(cell.strip());
        case LONG:
          return Long.parseLong(cell.strip());
        case FLOAT, DOUBLE:
          double number = Double.parseDouble(cell.strip());
          if (!Double.isFinite(number)) {
            throw new NumberFormatException();
          }
          return number;
        case BOOLEAN:
          return switch (cell.strip()) {
            case "true", "TRUE", "True" -> true;
            case "false", "FALSE", "False" -> false;
            default -> throw new NumberFormatException();
          };
        case UNION:
          return union(type, cell, name);
        default:
          return Json.parse(cell);
      }
    } catch (NumberFormatException | BadJsonException e) {
      throw new BadMessageException(
          "column '" + name + "': " + type.getType().getName() + " expected, not '" + cell + "'");
    }
  }

  /** An empty cell is null; any other is of the first branch that it fits, text the last. */
  private static Object union(Schema union, String cell, String name) throws BadMessageException {
    if (cell.isEmpty() && union.isNullable()) {
      return null;
    }
    boolean text = false;
    for (var branch : union.getTypes()) {
      switch (branch.getType()) {
        case NULL -> {}
        case STRING, BYTES, FIXED, ENUM -> text = true;
        default -> {
          try {
            return value(branch, cell, name);
          } catch (BadMessageException e) {
            // The next branch may fit.
          }
        }
      }
    }
    if (text) {
      return cell;
    }
    throw new BadMessageException("column '" + name + "': '" + cell + "' fits no type of " + union);
  }

  @Override
  public void writeHeader(Bytes to) {
    try {
      if (headed) {
        row(names, to);
      }
    } catch (BadMessageException e) {
      throw new IllegalStateException("a schema's names are text", e);
    }
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    if (record instanceof Control) {
      return false;
    }
    if (!(record instanceof Map<?, ?> map)) {
      throw new BadMessageException(
          "a row of CSV is an object, and this is " + Controls.typeOf(record));
    }
    for (var key : map.keySet()) {
      if (!names.contains(key)) {
        throw new BadMessageException("there is no column '" + key + "'");
      }
    }
    var cells = new ArrayList<Object>();
    for (var name : names) {
      cells.add(map.get(name));
    }
    row(cells, to);
    return true;
  }

  private void row(List<?> cells, Bytes to) throws BadMessageException {
    var text = new StringWriter();
    try (var out = factory.createGenerator(text)) {
      out.setSchema(layout);
      // A row within rows: in one by itself, nulls are passed over.
      out.writeStartArray();
      out.writeStartArray();
      for (var cell : cells) {
        if (cell == null) {
          out.writeNull();
        } else if (cell instanceof Long number) {
          out.writeNumber(number);
        } else if (cell instanceof Double number) {
          out.writeNumber(number);
        } else if (cell instanceof BigInteger number) {
          out.writeNumber(number);
        } else if (cell instanceof Boolean bool) {
          out.writeBoolean(bool);
        } else if (cell instanceof String s) {
          out.writeString(s);
        } else {
          out.writeString(Json.toText(cell));
        }
      }
      out.writeEndArray();
      out.writeEndArray();
    } catch (IOException | BadJsonException e) {
      throw new BadMessageException("cannot be a row of CSV: " + e.getMessage());
    }
    utf8.encode(text.toString(), to);
  }
}
