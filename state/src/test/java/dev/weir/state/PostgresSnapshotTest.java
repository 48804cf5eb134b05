package dev.weir.state;

class PostgresSnapshotTest extends SnapshotContract {

  @Override
  Store open() {
    return Stores.open(PostgresServer.shared().freshStore(), StoreContract.CLOCK);
  }
}
