package dev.weir.state.internal;

import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.StoreException;
import dev.weir.state.StoreFullException;
import dev.weir.state.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** Tables of a SQL database: one connection that writes, and one for each open reader. */
final class JdbcBackend implements Backend {

  private static final int IDLE_READERS = 4;

  private final Dialect dialect;
  private final Chunks chunks;
  private final ReentrantLock writing = new ReentrantLock();
  private final Deque<JdbcReader> idleReaders = new ArrayDeque<>();
  private JdbcTransaction writer;
  private Connection polled;
  private boolean closed;

  /** Whether a transaction that found the disk full still takes room. */
  private boolean roomTaken;

  /** Opens the database, and makes it a store if it is empty. */
  JdbcBackend(Dialect dialect, Chunks chunks) {
    this.dialect = dialect;
    this.chunks = chunks;
    try {
      writer = new JdbcTransaction(dialect, dialect.openWriter());
      checkFormat();
    } catch (SQLException e) {
      close();
      throw dialect.translate(e, "open it");
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void checkFormat() throws SQLException {
    var connection = writer.connection;
    if (!dialect.existingTables(connection).contains(Books.META)) {
      write(
          transaction -> {
            try {
              var tables = dialect.existingTables(connection);
              if (!tables.contains(Books.META)) {
                if (!tables.isEmpty()) {
                  throw new StoreException(
                      "%s is a database of another program (it has a table %s). Give the store a place of its own: another file, or another schema"
                          .formatted(dialect.where(), tables.get(0)));
                }
                create(connection);
                Books.ALL.forEach(transaction::create);
              }
              return null;
            } catch (SQLException e) {
              throw dialect.translate(e, "create it");
            }
          });
    }
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery("select value from " + Books.META + " where name = 'format'")) {
      int format = rows.next() ? Integer.parseInt(rows.getString(1)) : 0;
      if (format > Store.FORMAT) {
        throw new StoreException(
            ("%s is a store of format %d, made by a newer version of Weir; this one reads up to %d."
                    + " Use the newer version, or another store")
                .formatted(dialect.where(), format, Store.FORMAT));
      }
      if (format < 1) {
        throw new StoreException(dialect.where() + " does not say which format of store it is");
      }
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    } catch (NumberFormatException e) {
      throw new StoreException(dialect.where() + " does not say which format of store it is", e);
    }
  }

  private void create(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.executeUpdate(
          "create table " + Books.META + " (name text not null primary key, value text not null)");
      statement.executeUpdate(
          "insert into " + Books.META + " values ('format', '" + Store.FORMAT + "')");
      for (var sql : dialect.createMore()) {
        statement.executeUpdate(sql);
      }
    }
  }

  @Override
  public String url() {
    return dialect.url();
  }

  @Override
  public String where() {
    return dialect.where();
  }

  @Override
  public Chunks chunks() {
    return chunks;
  }

  @Override
  public Reader read() {
    while (true) {
      JdbcReader reader;
      synchronized (idleReaders) {
        checkOpen();
        reader = idleReaders.poll();
      }
      boolean idle = reader != null;
      try {
        if (reader == null) {
          reader = new JdbcReader(dialect, dialect.openReader());
        }
        dialect.beginRead(reader.connection);
        return new PooledReader(reader);
      } catch (SQLException e) {
        if (reader != null) {
          reader.close();
        }
        // The server may have ended a connection that nobody used.
        if (!idle) {
          throw dialect.translate(e, "read it");
        }
      }
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  private void giveBack(JdbcReader reader) {
    reader.closeRows();
    boolean keep = false;
    try {
      dialect.rollback(reader.connection);
      synchronized (idleReaders) {
        keep = !closed && idleReaders.size() < IDLE_READERS;
        if (keep) {
          idleReaders.push(reader);
        }
      }
    } catch (SQLException e) {
      throw dialect.translate(e, "end a read");
    } finally {
      if (!keep) {
        reader.close();
      }
    }
  }

  @Override
  public <T> T write(Function<Transaction, T> body) {
    writing.lock();
    try {
      checkOpen();
      beginWrite();
      boolean done = false;
      try {
        T result = body.apply(writer);
        writer.closeRows();
        commit();
        done = true;
        if (roomTaken) {
          freeRoom();
        }
        return result;
      } finally {
        if (!done) {
          undo();
        }
      }
    } catch (SQLException e) {
      var told = dialect.translate(e, "commit");
      if (told instanceof StoreFullException) {
        freeRoom();
      }
      throw told;
    } catch (StoreFullException e) {
      freeRoom();
      throw e;
    } finally {
      writing.unlock();
    }
  }

  private void beginWrite() throws SQLException {
    boolean kept = writer != null;
    try {
      if (!kept) {
        writer = new JdbcTransaction(dialect, dialect.openWriter());
      }
      dialect.beginWrite(writer.connection);
    } catch (SQLException e) {
      if (writer == null) {
        throw e;
      }
      boolean lost = writer.connection.isClosed();
      undo();
      // The server may have ended a connection that nobody used.
      if (!kept || !lost) {
        throw e;
      }
      writer = null;
      beginWrite();
    }
  }

  /** Commits; if the connection is lost meanwhile, asks how it ended. */
  private void commit() throws SQLException {
    var mark = dialect.mark(writer.connection);
    try {
      dialect.commit(writer.connection);
    } catch (SQLException e) {
      if (mark == null || !writer.connection.isClosed()) {
        throw e;
      }
      boolean committed;
      try {
        committed = dialect.isCommitted(mark);
      } catch (SQLException another) {
        e.addSuppressed(another);
        throw new StoreException(
            "store %s: the connection was lost while it committed, and the server cannot be asked whether it did. Open the store again: it is at its last commit"
                .formatted(dialect.where()),
            e);
      }
      writer = null;
      if (!committed) {
        throw e;
      }
    }
  }

  /** Best effort; tried again after the next commit, which may find more room. */
  private void freeRoom() {
    try {
      roomTaken = writer == null || !dialect.freeRoom(writer.connection);
    } catch (SQLException e) {
      // The disk is as full as before: the caller knows already, or its commit is done.
      roomTaken = true;
    }
  }

  /** Rolls back; a connection that cannot even do that is given up for a new one. */
  private void undo() {
    if (writer == null) {
      return;
    }
    try {
      writer.closeRows();
      dialect.rollback(writer.connection);
    } catch (SQLException | StoreException e) {
      var broken = writer;
      writer = null;
      broken.close();
    }
  }

  @Override
  public long version() {
    synchronized (idleReaders) {
      checkOpen();
      try {
        if (polled == null || polled.isClosed()) {
          polled = dialect.openReader();
        }
        return dialect.version(polled);
      } catch (SQLException e) {
        throw dialect.translate(e, "read its version");
      }
    }
  }

  @Override
  public void close() {
    writing.lock();
    try (chunks) {
      synchronized (idleReaders) {
        closed = true;
        idleReaders.forEach(JdbcReader::close);
        idleReaders.clear();
        if (polled != null) {
          polled.close();
          polled = null;
        }
      }
      if (writer != null) {
        writer.close();
        writer = null;
      }
    } catch (SQLException e) {
      throw dialect.translate(e, "close");
    } finally {
      writing.unlock();
    }
  }

  /** A reader that goes back to the pool. */
  private final class PooledReader implements Reader {
    private JdbcReader reader;

    PooledReader(JdbcReader reader) {
      this.reader = reader;
    }

    @Override
    public Row get(Table table, Object... key) {
      return reader.get(table, key);
    }

    @Override
    public Cut.Rows scan(Table table, Object... keyPrefix) {
      return reader.scan(table, keyPrefix);
    }

    @Override
    public Cut.Rows scan(Table table, Index index, Object... prefix) {
      return reader.scan(table, index, prefix);
    }

    @Override
    public Cut.Rows range(Table table, Object[] prefix, Object from, Object to, boolean reverse) {
      return reader.range(table, prefix, from, to, reverse);
    }

    @Override
    public Cut.Rows range(
        Table table, Index index, Object[] prefix, Object from, Object to, boolean reverse) {
      return reader.range(table, index, prefix, from, to, reverse);
    }

    @Override
    public long count(Table table, Object... keyPrefix) {
      return reader.count(table, keyPrefix);
    }

    @Override
    public void close() {
      if (reader != null) {
        var back = reader;
        reader = null;
        giveBack(back);
      }
    }
  }

  private static final class JdbcTransaction extends JdbcReader implements Transaction {

    JdbcTransaction(Dialect dialect, Connection connection) {
      super(dialect, connection);
    }

    @Override
    public void create(Table table) {
      execute(dialect.createTable(table), "create table " + table.name());
      table.indexes().forEach(index -> create(table, index));
    }

    @Override
    public void create(Table table, Index index) {
      var columns =
          index.columns().stream()
              .map(
                  c -> quoted(c) + dialect.order(column(table, c), index.descending().contains(c)));
      execute(
          "create index %s on %s (%s)"
              .formatted(
                  quoted(dialect.indexName(table, index)),
                  quoted(table.name()),
                  String.join(", ", columns.toList())),
          "create index " + index.name() + " of table " + table.name());
    }

    @Override
    public void drop(Table table) {
      execute("drop table " + quoted(table.name()), "drop table " + table.name());
    }

    @Override
    public void clear(Table table, String subject) {
      if (subject == null || isAlone(table, subject)) {
        execute("delete from " + quoted(table.name()), "clear table " + table.name());
        return;
      }
      change(
          table,
          "delete from " + quoted(table.name()) + " where " + first(table) + " = ?",
          statement -> {
            dialect.bind(statement, 1, table.columns().get(0).type(), subject);
            statement.executeUpdate();
          });
    }

    /** Whether no other subject has a row: then the table can be emptied as a whole. */
    private boolean isAlone(Table table, String subject) {
      for (var side : List.of("<", ">")) {
        var sql =
            "select 1 from %s where %s %s ? limit 1"
                .formatted(quoted(table.name()), first(table), side);
        try {
          var statement = statement(sql);
          dialect.bind(statement, 1, table.columns().get(0).type(), subject);
          try (var rows = statement.executeQuery()) {
            if (rows.next()) {
              return false;
            }
          } finally {
            release(sql, statement);
          }
        } catch (SQLException e) {
          throw dialect.translate(e, "read table " + table.name());
        }
      }
      return true;
    }

    @Override
    public void apply(Table table, List<Change> sorted) {
      var puts = new ArrayList<Row>();
      var inserts = new ArrayList<Row>();
      var deletes = new ArrayList<Row>();
      for (var change : sorted) {
        (change.deleted() ? deletes : change.fresh() ? inserts : puts).add(change.row());
      }
      if (!deletes.isEmpty() && dialect.takesColumns()) {
        change(
            table,
            dialect.delete(table),
            statement -> {
              dialect.bindColumns(statement, table.key(), 0, null, deletes);
              statement.executeUpdate();
            });
      } else if (!deletes.isEmpty()) {
        var key = table.key().stream().map(c -> quoted(c.name()) + " = ?").toList();
        change(
            table,
            "delete from " + quoted(table.name()) + " where " + String.join(" and ", key),
            statement -> {
              for (var row : deletes) {
                for (int i = 0; i < table.keyLength(); i++) {
                  dialect.bind(statement, i + 1, table.columns().get(i).type(), row.get(i));
                }
                statement.executeUpdate();
              }
            });
      }
      insert(table, null, inserts.iterator(), false);
      put(table, puts.iterator());
    }

    @Override
    public void put(Table table, Iterator<Row> sorted) {
      insert(table, null, sorted, true);
    }

    @Override
    public void load(Table table, String subject, Iterator<Row> sorted) {
      insert(table, subject, sorted, false);
    }

    /** Inserts rows, or rows that lack the subject, as many by one statement as is good. */
    private void insert(Table table, String subject, Iterator<Row> rows, boolean replace) {
      int most = dialect.rowsPerInsert(table);
      var some = new ArrayList<Row>(most);
      while (rows.hasNext()) {
        for (some.clear(); some.size() < most && rows.hasNext(); ) {
          some.add(rows.next());
        }
        if (dialect.takesColumns()) {
          insertColumns(table, subject, some, replace);
        } else if (some.size() == most) {
          insertTogether(table, subject, some, replace);
        } else {
          insertSingly(table, subject, some, replace);
        }
      }
    }

    private void insertColumns(Table table, String subject, List<Row> rows, boolean replace) {
      // The subject alone, so that there are few statements, of which each is soon prepared.
      int shared = table.keyLength() == 1 ? 0 : Math.min(1, shared(table, subject, rows));
      change(
          table,
          dialect.insert(table, rows.size(), shared, replace),
          statement -> {
            dialect.bindColumns(statement, table.columns(), shared, subject, rows);
            statement.executeUpdate();
          });
    }

    private void insertTogether(Table table, String subject, List<Row> rows, boolean replace) {
      int shared = shared(table, subject, rows);
      change(
          table,
          dialect.insert(table, rows.size(), shared, replace),
          statement -> {
            bind(statement, table, subject, shared, rows);
            statement.executeUpdate();
          });
    }

    private void insertSingly(Table table, String subject, List<Row> rows, boolean replace) {
      change(
          table,
          dialect.insert(table, 1, 0, replace),
          statement -> {
            for (var row : rows) {
              bind(statement, table, subject, 0, List.of(row));
              statement.executeUpdate();
            }
          });
    }

    /** How many leading columns are the same in all of the rows, which are sorted by key. */
    private static int shared(Table table, String subject, List<Row> rows) {
      int skipped = subject == null ? 0 : 1;
      int shared = skipped;
      var first = rows.get(0);
      var last = rows.get(rows.size() - 1);
      while (shared < table.keyLength()
          && RowOrder.compareValues(
                  table.columns().get(shared).type(),
                  first.get(shared - skipped),
                  last.get(shared - skipped))
              == 0) {
        shared++;
      }
      return shared;
    }

    private void bind(
        PreparedStatement statement, Table table, String subject, int shared, List<Row> rows)
        throws SQLException {
      var columns = table.columns();
      int skipped = subject == null ? 0 : 1;
      int parameter = 0;
      int from = 0;
      for (var row : rows) {
        for (int i = from; i < columns.size(); i++) {
          var value = i < skipped ? subject : row.get(i - skipped);
          dialect.bind(statement, ++parameter, columns.get(i).type(), value);
        }
        from = shared;
      }
    }

    private void change(Table table, String sql, Work work) {
      try {
        var statement = statement(sql);
        boolean done = false;
        try {
          work.run(statement);
          done = true;
        } finally {
          if (done) {
            release(sql, statement);
          } else {
            statement.close();
          }
        }
      } catch (SQLException e) {
        throw dialect.translate(e, "write table " + table.name());
      }
    }

    private void execute(String sql, String doing) {
      try (var statement = connection.createStatement()) {
        statement.executeUpdate(sql);
      } catch (SQLException e) {
        throw dialect.translate(e, doing);
      }
    }

    private static String first(Table table) {
      return quoted(table.columns().get(0).name());
    }

    private interface Work {
      void run(PreparedStatement statement) throws SQLException;
    }
  }
}
