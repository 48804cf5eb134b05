package dev.weir.app;

import dev.weir.engine.Jobs;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A table that an operator keeps.
 *
 * @param table as a store has it
 * @param ifUsed whether it may well stay empty
 */
record KeptTable(Table table, boolean ifUsed) {

  private static KeptTable of(StateTable.Schema schema, boolean keyed, boolean ifUsed) {
    return new KeptTable(Jobs.table(schema, keyed), ifUsed);
  }

  String name() {
    return table.name();
  }

  /** Those of an operator that has a table for each thing that a user may do. */
  static List<KeptTable> ifUsed(List<StateTable.Schema> schemas) {
    return schemas.stream().map(schema -> of(schema, false, true)).toList();
  }

  static List<KeptTable> of(StateTable.Schema schema) {
    return List.of(of(schema, false, false));
  }

  /** Those that an operator declares when it is opened, which it is here, without any state. */
  static List<KeptTable> declaredBy(Operator operator) {
    var context = new Asking();
    try (operator) {
      operator.open(context);
    } catch (Exception e) {
      throw new BadProgramException(
          "an operator cannot be opened to be asked for its tables: " + e);
    }
    return context.declared;
  }

  /** Remembers what is declared, and does nothing else. */
  private static final class Asking implements OperatorContext {
    private final List<KeptTable> declared = new ArrayList<>();

    @Override
    public String name() {
      return "operator";
    }

    @Override
    public String job() {
      return "job";
    }

    @Override
    public Start start() {
      return Start.FRESH;
    }

    @Override
    public StateTable table(StateTable.Schema schema) {
      declared.add(of(schema, false, false));
      return new Empty(schema.keyLength());
    }

    @Override
    public StateTable keyedTable(StateTable.Schema schema) {
      declared.add(of(schema, true, false));
      return new Empty(schema.keyLength());
    }

    @Override
    public void wake() {}

    @Override
    public void changed() {}

    @Override
    public void finish() {}

    @Override
    public void stop() {}

    @Override
    public void fail(Throwable failure) {}

    @Override
    public void reject(Rejection rejection) {}

    @Override
    public void log(String line) {}

    @Override
    public void gauge(String name, Object value) {}
  }

  /** A table for as long as an operator is opened. */
  private static final class Empty implements StateTable {
    private final Map<Row, Row> rows = new LinkedHashMap<>();
    private final int keyLength;

    Empty(int keyLength) {
      this.keyLength = keyLength;
    }

    @Override
    public Row get(Row key) {
      return rows.get(key.first(keyLength));
    }

    @Override
    public void put(Row row) {
      rows.put(row.first(keyLength), row);
    }

    @Override
    public void delete(Row key) {
      rows.remove(key.first(keyLength));
    }

    @Override
    public void forEach(Consumer<Row> action) {
      rows.values().forEach(action);
    }

    @Override
    public int size() {
      return rows.size();
    }
  }
}
