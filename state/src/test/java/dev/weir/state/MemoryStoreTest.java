package dev.weir.state;

class MemoryStoreTest extends StoreContract {

  @Override
  Store open() {
    return Stores.open("memory:", CLOCK);
  }
}
