package dev.weir.state.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Chunks as rows of a Postgres table, written outside the store's transactions.
 *
 * <p>An open session holds an advisory lock by its connection, shared with other sessions; the
 * server gives it back when the process dies, however it dies.
 */
final class PostgresChunks implements Chunks {

  private static final String TABLE = "weir_chunk_data";

  static final String CREATE =
      "create table "
          + TABLE
          + " (hash text collate \"C\" not null primary key, data bytea not null)";

  /** Chunks are compressed by Weir. */
  static final String PACKED_ALREADY =
      "alter table " + TABLE + " alter column data set storage external";

  private final PostgresDialect dialect;
  private final String lock;
  private Connection connection;
  private boolean closed;

  PostgresChunks(PostgresDialect dialect) {
    this.dialect = dialect;
    this.lock = dialect.lockName("chunks");
  }

  @Override
  public Session session() {
    try {
      var own = dialect.connect();
      try {
        PostgresDialect.execute(own, "set synchronous_commit = off");
        PostgresDialect.execute(own, "select pg_advisory_lock_shared(" + lock + ")");
        return new RowSession(own);
      } catch (SQLException e) {
        own.close();
        throw e;
      }
    } catch (SQLException e) {
      throw dialect.translate(e, "begin a snapshot");
    }
  }

  @Override
  public byte[] read(String hash) {
    var bytes =
        ask(
            "select data from " + TABLE + " where hash = ?",
            statement -> {
              statement.setString(1, hash);
              try (var rows = statement.executeQuery()) {
                return rows.next() ? rows.getBytes(1) : null;
              }
            });
    if (bytes == null) {
      throw new DamagedChunkException(hash, "is missing");
    }
    if (!Chunks.hash(bytes).equals(hash)) {
      throw new DamagedChunkException(hash, "does not hash to its name");
    }
    return bytes;
  }

  @Override
  public boolean exists(String hash) {
    return ask(
        "select 1 from " + TABLE + " where hash = ?",
        statement -> {
          statement.setString(1, hash);
          try (var rows = statement.executeQuery()) {
            return rows.next();
          }
        });
  }

  @Override
  public boolean isBeingWritten() {
    return ask(
        // The lock is taken and given back by one statement; it is free or it is not.
        "select case when pg_try_advisory_lock("
            + lock
            + ") then pg_advisory_unlock("
            + lock
            + ") else false end",
        statement -> {
          try (var rows = statement.executeQuery()) {
            rows.next();
            return !rows.getBoolean(1);
          }
        });
  }

  @Override
  public Collection<String> list() {
    return ask(
        "select hash from " + TABLE,
        statement -> {
          try (var rows = statement.executeQuery()) {
            var hashes = new ArrayList<String>();
            while (rows.next()) {
              hashes.add(rows.getString(1));
            }
            return hashes;
          }
        });
  }

  @Override
  public void delete(Collection<String> hashes) {
    ask(
        "delete from " + TABLE + " where hash = any (?)",
        statement -> {
          statement.setArray(1, array(statement, hashes));
          return statement.executeUpdate();
        });
  }

  @Override
  public void deleteLeftovers() {}

  @Override
  public String where(String hash) {
    return "table " + TABLE + " of " + dialect.where();
  }

  @Override
  public synchronized void close() {
    closed = true;
    giveUp();
  }

  /** Runs a statement by the one connection that all share; a lost one is replaced. */
  private synchronized <T> T ask(String sql, Question<T> question) {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    for (boolean again = connection != null; ; again = false) {
      try {
        if (connection == null) {
          connection = dialect.connect();
        }
        try (var statement = connection.prepareStatement(sql)) {
          return question.ask(statement);
        }
      } catch (SQLException e) {
        giveUp();
        if (!again) {
          throw dialect.translate(e, "reach its chunks");
        }
      }
    }
  }

  private void giveUp() {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // It is given up either way.
      }
      connection = null;
    }
  }

  private static java.sql.Array array(PreparedStatement statement, Collection<String> hashes)
      throws SQLException {
    return statement.getConnection().createArrayOf("text", hashes.toArray());
  }

  private interface Question<T> {
    T ask(PreparedStatement statement) throws SQLException;
  }

  private final class RowSession implements Session {
    private final Connection own;
    private final Set<String> put = new HashSet<>();

    RowSession(Connection own) {
      this.own = own;
    }

    @Override
    public String put(byte[] bytes) {
      var hash = Chunks.hash(bytes);
      put.add(hash);
      try (var statement =
          own.prepareStatement(
              "insert into %1$s values (?, ?) on conflict (hash) do update set data = excluded.data where %1$s.data <> excluded.data"
                  .formatted(TABLE))) {
        statement.setString(1, hash);
        statement.setBytes(2, bytes);
        statement.executeUpdate();
        return hash;
      } catch (SQLException e) {
        throw dialect.translate(e, "write a chunk");
      }
    }

    /** A commit that waits for the log makes those before it, which did not, durable too. */
    @Override
    public void sync() {
      try {
        PostgresDialect.execute(own, "set synchronous_commit = on");
        PostgresDialect.execute(
            own,
            "insert into %s values ('chunks', 'synced') on conflict (name) do update set value = excluded.value"
                .formatted(Books.META));
        PostgresDialect.execute(own, "set synchronous_commit = off");
      } catch (SQLException e) {
        throw dialect.translate(e, "write chunks");
      }
    }

    @Override
    public boolean isWhole() {
      try (var statement =
          own.prepareStatement("select count(*) from " + TABLE + " where hash = any (?)")) {
        statement.setArray(1, array(statement, List.copyOf(put)));
        try (var rows = statement.executeQuery()) {
          rows.next();
          return rows.getLong(1) == put.size();
        }
      } catch (SQLException e) {
        throw dialect.translate(e, "read its chunks");
      }
    }

    @Override
    public void close() {
      try {
        own.close();
      } catch (SQLException e) {
        throw dialect.translate(e, "end a snapshot");
      }
    }
  }
}
