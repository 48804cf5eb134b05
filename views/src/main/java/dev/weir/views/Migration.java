package dev.weir.views;

import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.List;

/** Brings tables of a store to the columns that a query's rows have now. */
final class Migration {

  private final Store store;
  private final String view;
  private final List<Added> added;

  Migration(Store store, String view, List<Added> added) {
    this.store = store;
    this.view = view;
    this.added = added;
  }

  /** Gives the tables of these states their columns; what is new in a row is as declared. */
  void migrate(List<State> states) {
    var known = store.tables();
    for (var state : states) {
      known.stream()
          .filter(table -> isOther(table, state.table()))
          .forEach(table -> migrate(table, state));
    }
  }

  /** Gives the tables of these states their columns, and leaves the view's rows out. */
  void empty(List<State> states) {
    var known = store.tables();
    for (var state : states) {
      known.stream()
          .filter(table -> isOther(table, state.table()))
          .forEach(
              table ->
                  store.redefine(
                      state.table(),
                      row -> {
                        if (!row.text(0).equals(view)) {
                          throw new ViewException(
                              "table %s has rows of view %s, which has not the columns that view %s gives it; give the result another table"
                                  .formatted(table.name(), row.text(0), view));
                        }
                        return null;
                      }));
    }
  }

  private static boolean isOther(Table known, Table now) {
    return known.name().equals(now.name())
        && (!known.columns().equals(now.columns()) || known.keyLength() != now.keyLength());
  }

  private void migrate(Table known, State state) {
    var now = state.table();
    var defaults = state.defaults(added);
    var from = new int[now.columns().size()];
    var problems = new ArrayList<String>();
    for (int i = 0; i < from.length; i++) {
      var column = now.columns().get(i);
      from[i] =
          known
              .indexOf(column.name())
              .filter(at -> known.columns().get(at).type() == column.type())
              .orElse(-1);
      if (from[i] < 0 && defaults.get(i) == Added.UNKNOWN) {
        problems.add("column %s is new or of another type".formatted(column.name()));
      }
    }
    if (!problems.isEmpty()) {
      throw new ViewException(
          "table %s of view %s in %s does not fit the query: %s. Choices: run the program that made it; say with Query.added what rows had where a component is new; rebuild the view (View.rebuild); another name; another store"
              .formatted(now.name(), view, store.url(), String.join("; ", problems)));
    }
    store.redefine(
        now,
        row -> {
          var values = new Object[from.length];
          for (int i = 0; i < values.length; i++) {
            values[i] = from[i] < 0 ? defaults.get(i) : row.get(from[i]);
          }
          state.complete(values);
          return Row.of(values);
        });
  }
}
