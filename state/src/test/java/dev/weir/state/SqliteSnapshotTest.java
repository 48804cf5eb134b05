package dev.weir.state;

import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;

class SqliteSnapshotTest extends SnapshotContract {

  @TempDir Path folder;

  @Override
  Store open() {
    return Stores.open(
        "sqlite:" + folder.resolve(UUID.randomUUID() + "/state.db"), StoreContract.CLOCK);
  }
}
