package dev.weir.streams.jdbc;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The rows of a table or query, in the order of a key: each an object of its columns. Rows are read
 * a page at a time, each page beginning behind the last key. So a row that is committed behind one
 * with a greater key, which was read already, is missed.
 *
 * <p>Position: {@code {"last":key,"records":n}}. Without a key, rows are read in one go and cannot
 * be replayed.
 */
public final class JdbcSource implements Source {

  private static final int PAGE = 4096;

  private final JdbcSettings settings;
  private final LongSupplier nanos;

  private SourceContext context;
  private Connection connection;
  private Object last;
  private long records;

  private PreparedStatement statement;
  private ResultSet page;
  private int pageRows;
  private int keyColumn;
  private boolean ended;
  private long lookAt;
  private long failingSince = -1;

  public JdbcSource(JdbcSettings settings, LongSupplier nanos) {
    check(settings.key());
    this.settings = settings;
    this.nanos = nanos;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position)
      throws InterruptedException {
    this.context = context;
    position.ifPresent(
        p -> {
          last = p.get("last");
          records = (Long) p.get("records");
          if (settings.key().isEmpty() && records > 0) {
            context.warn(
                settings.where()
                    + ": without a key nobody knows which rows were read; all are read again");
          }
        });
    lookAt = nanos.getAsLong();
    while (page == null) {
      look();
    }
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
    if (page == null && !ended) {
      long wait = lookAt - nanos.getAsLong();
      if (wait > 0) {
        TimeUnit.NANOSECONDS.sleep(Math.min(wait, patience.toNanos()));
      }
      if (nanos.getAsLong() >= lookAt) {
        look();
      }
    }
    if (page == null) {
      return ended ? Optional.empty() : Optional.of(Batch.of(records + 1));
    }
    try {
      var batch = Batch.of(records + 1, take(max));
      records += batch.size();
      return Optional.of(batch);
    } catch (SQLException e) {
      // Rows that were not handed out are read again.
      failed(Database.translated(settings, "cannot be read", e));
      return Optional.of(Batch.of(records + 1));
    }
  }

  private Object[] take(int max) throws SQLException {
    var rows = new ArrayList<>();
    var data = page.getMetaData();
    boolean more = true;
    var key = last;
    while (rows.size() < max && (more = page.next())) {
      var row = new LinkedHashMap<String, Object>();
      for (int i = 1; i <= data.getColumnCount(); i++) {
        row.put(data.getColumnLabel(i), value(data, i));
      }
      key = next(key, row);
      rows.add(row);
      pageRows++;
    }
    if (!more) {
      pageIsOver();
    }
    last = key;
    failingSince = -1;
    return rows.toArray();
  }

  private Object value(ResultSetMetaData data, int i) throws SQLException {
    // What SQLite declares of a column says nothing of its values.
    return settings.isSqlite()
        ? Values.read(page, i, Types.OTHER, "")
        : Values.read(page, i, data.getColumnType(i), data.getColumnTypeName(i));
  }

  private Object next(Object before, Map<String, Object> row) throws SQLException {
    if (settings.key().isEmpty()) {
      return null;
    }
    var key = keyColumn == 0 ? null : value(page.getMetaData(), keyColumn);
    if (key == null || key.equals(before)) {
      throw new WeirException(
          settings.where()
              + ": "
              + (key == null ? "a row has no " : "two rows have the same ")
              + settings.key().get(0)
              + (key == null ? "" : ", " + key)
              + ": a source's key must tell all rows apart. The row: "
              + row);
    }
    return key;
  }

  private void pageIsOver() throws SQLException {
    closePage();
    Database.endRead(connection);
    boolean wasLast = settings.key().isEmpty() || pageRows < PAGE;
    ended = wasLast && !settings.follow();
    lookAt = nanos.getAsLong() + (wasLast ? settings.interval().toNanos() : 0);
  }

  /** Reads the next page. */
  private void look() throws InterruptedException {
    try {
      if (connection == null) {
        connection = Database.connect(settings);
      }
      statement = connection.prepareStatement(query());
      statement.setFetchSize(PAGE);
      if (last instanceof Long number) {
        statement.setLong(1, number);
      } else if (last instanceof String text) {
        statement.setString(1, text);
      } else if (last != null) {
        statement.setObject(1, last);
      }
      page = statement.executeQuery();
      pageRows = 0;
      keyColumn = settings.key().isEmpty() ? 0 : page.findColumn(settings.key().get(0));
    } catch (SQLException e) {
      failed(Database.translated(settings, "cannot be read", e));
    } catch (TransientFailureException e) {
      failed(e);
    }
  }

  private String query() {
    var from = settings.from() + (settings.from().startsWith("(") ? " as weir_query" : "");
    if (settings.key().isEmpty()) {
      return "select * from " + from;
    }
    var key = settings.key().get(0);
    return "select * from "
        + from
        + (last == null ? "" : " where " + key + " > ?")
        + " order by "
        + key
        + " limit "
        + PAGE;
  }

  /** Waits and lets try again, within the bounds of the timeout, where the failure may pass. */
  private void failed(WeirException failure) throws InterruptedException {
    closePage();
    Database.close(connection);
    connection = null;
    long now = nanos.getAsLong();
    if (failingSince < 0) {
      failingSince = now;
      if (failure instanceof TransientFailureException) {
        context.warn(failure.getMessage() + "; trying again");
      }
    }
    if (!(failure instanceof TransientFailureException)
        || now - failingSince >= settings.timeout().toNanos()
        || (settings.key().isEmpty() && records > 0)) {
      throw failure;
    }
    lookAt = now + TimeUnit.MILLISECONDS.toNanos(200);
    TimeUnit.MILLISECONDS.sleep(20);
  }

  private void closePage() {
    Database.close(statement);
    statement = null;
    page = null;
  }

  @Override
  public Map<String, Object> position() {
    var position = new LinkedHashMap<String, Object>();
    position.put("last", last);
    position.put("records", records);
    return position;
  }

  @Override
  public boolean replayable() {
    return !settings.key().isEmpty();
  }

  @Override
  public void close() {
    closePage();
    Database.close(connection);
  }

  private static void check(List<String> key) {
    if (key.size() > 1) {
      throw new WeirException("a source has one key column, not " + key);
    }
  }
}
