package dev.weir.pond;

import dev.weir.fixtures.PostgresServer;
import org.junit.jupiter.api.Nested;

/** What holds in memory holds in a real Postgres. */
class OnPostgresTest {

  @Nested
  class Logs extends EventLogTest {
    @Override
    String url() {
      return PostgresServer.shared().freshStore();
    }
  }

  @Nested
  class Ponds extends PondTest {
    @Override
    String url() {
      return PostgresServer.shared().freshStore();
    }
  }

  @Nested
  class Travels extends TimeTravelTest {
    @Override
    String url() {
      return PostgresServer.shared().freshStore();
    }
  }

  @Nested
  class States extends SnapshotsTest {
    @Override
    String url() {
      return PostgresServer.shared().freshStore();
    }
  }
}
