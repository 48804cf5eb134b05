package dev.weir.state.internal;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Reads the next chunk of a segment in another thread while the one before it is being used. */
final class ReadAhead implements AutoCloseable {

  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          task -> {
            var thread = new Thread(task, "weir-read-ahead");
            thread.setDaemon(true);
            return thread;
          });

  /** The changes of a segment. What {@code read} throws is thrown when its chunk is needed. */
  Iterator<Change> changes(
      Manifest.Segment segment, Function<Manifest.ChunkRef, List<Change>> read) {
    var refs = segment.chunks().iterator();
    return new Iterator<>() {
      private Iterator<Change> chunk = List.<Change>of().iterator();
      private Future<List<Change>> following = submitNext();

      private Future<List<Change>> submitNext() {
        if (!refs.hasNext()) {
          return null;
        }
        var ref = refs.next();
        return reader.submit(() -> read.apply(ref));
      }

      @Override
      public boolean hasNext() {
        while (!chunk.hasNext() && following != null) {
          var changes = result(following);
          following = submitNext();
          chunk = changes.iterator();
        }
        return chunk.hasNext();
      }

      @Override
      public Change next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return chunk.next();
      }
    };
  }

  private static <T> T result(Future<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException cause) {
            throw cause;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
