package dev.weir.pond;

import org.junit.jupiter.api.Nested;

/** What holds in memory holds in SQLite. */
class OnSqliteTest {

  @Nested
  class Logs extends EventLogTest {
    @Override
    String url() {
      return Rig.sqliteUrl();
    }
  }

  @Nested
  class Ponds extends PondTest {
    @Override
    String url() {
      return Rig.sqliteUrl();
    }
  }

  @Nested
  class Travels extends TimeTravelTest {
    @Override
    String url() {
      return Rig.sqliteUrl();
    }
  }

  @Nested
  class States extends SnapshotsTest {
    @Override
    String url() {
      return Rig.sqliteUrl();
    }
  }
}
