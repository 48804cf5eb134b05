package dev.weir.state.internal;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Chunks of a store in memory. */
final class MemoryChunks implements Chunks {

  private final Map<String, byte[]> byHash = new ConcurrentHashMap<>();
  private final AtomicInteger sessions = new AtomicInteger();

  @Override
  public Session session() {
    sessions.incrementAndGet();
    return new Session() {
      private boolean open = true;

      @Override
      public String put(byte[] bytes) {
        var hash = Chunks.hash(bytes);
        byHash.put(hash, bytes);
        return hash;
      }

      @Override
      public void sync() {}

      @Override
      public boolean isWhole() {
        return true;
      }

      @Override
      public void close() {
        if (open) {
          open = false;
          sessions.decrementAndGet();
        }
      }
    };
  }

  @Override
  public byte[] read(String hash) {
    var bytes = byHash.get(hash);
    if (bytes == null) {
      throw new DamagedChunkException(hash, "is missing");
    }
    if (!Chunks.hash(bytes).equals(hash)) {
      throw new DamagedChunkException(hash, "does not hash to its name");
    }
    return bytes;
  }

  @Override
  public boolean exists(String hash) {
    return byHash.containsKey(hash);
  }

  @Override
  public boolean isBeingWritten() {
    return sessions.get() > 0;
  }

  @Override
  public Collection<String> list() {
    return List.copyOf(byHash.keySet());
  }

  @Override
  public void delete(Collection<String> hashes) {
    byHash.keySet().removeAll(hashes);
  }

  @Override
  public void deleteLeftovers() {}

  @Override
  public String where(String hash) {
    return "memory";
  }
}
