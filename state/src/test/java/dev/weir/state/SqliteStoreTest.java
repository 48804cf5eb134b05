package dev.weir.state;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreContract {

  @TempDir Path folder;

  @Override
  Store open() {
    return Stores.open("sqlite:" + folder.resolve("a new folder/state.db"), CLOCK);
  }
}
