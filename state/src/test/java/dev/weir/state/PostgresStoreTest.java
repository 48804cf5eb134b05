package dev.weir.state;

class PostgresStoreTest extends StoreContract {

  @Override
  Store open() {
    return Stores.open(PostgresServer.shared().freshStore(), CLOCK);
  }
}
