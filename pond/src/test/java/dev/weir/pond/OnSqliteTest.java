package dev.weir.pond;

import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** What holds in memory holds in SQLite. */
class OnSqliteTest {

  @TempDir static Path folder;

  private static String newStore() {
    return "sqlite:" + folder.resolve(UUID.randomUUID() + ".db");
  }

  @Nested
  class Logs extends EventLogTest {
    @Override
    String url() {
      return newStore();
    }
  }

  @Nested
  class Ponds extends PondTest {
    @Override
    String url() {
      return newStore();
    }
  }

  @Nested
  class Travels extends TimeTravelTest {
    @Override
    String url() {
      return newStore();
    }
  }

  @Nested
  class States extends SnapshotsTest {
    @Override
    String url() {
      return newStore();
    }
  }
}
