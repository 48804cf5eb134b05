package dev.weir.state;

import dev.weir.fixtures.PostgresServer;

class PostgresStoreTest extends StoreContract {

  @Override
  Store open() {
    return Stores.open(PostgresServer.shared().freshStore(), CLOCK);
  }
}
