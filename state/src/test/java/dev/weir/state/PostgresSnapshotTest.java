package dev.weir.state;

import dev.weir.fixtures.PostgresServer;

class PostgresSnapshotTest extends SnapshotContract {

  @Override
  Store open() {
    return Stores.open(PostgresServer.shared().freshStore(), StoreContract.CLOCK);
  }
}
