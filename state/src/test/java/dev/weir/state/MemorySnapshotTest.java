package dev.weir.state;

class MemorySnapshotTest extends SnapshotContract {

  @Override
  Store open() {
    return Stores.open("memory:", StoreContract.CLOCK);
  }
}
