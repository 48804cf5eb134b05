package dev.weir.engine.internal;

import java.util.Optional;

/** Does one thing after another, on a thread of its own. Thread-safe. */
final class Desk {

  private final WaitingQueue<Optional<Runnable>> work;
  private final Threads.Worker worker;

  Desk(Threads threads, String name) {
    this.work = new WaitingQueue<>(threads);
    this.worker = threads.start(name, this::work);
  }

  /** Does this after all that was given before. It must not throw. */
  void execute(Runnable task) {
    work.add(Optional.of(task));
  }

  /** Ends when all is done that was given so far. */
  void close() {
    work.add(Optional.empty());
  }

  /** Waits for the end, but not longer than this; says whether it has come. */
  boolean join(long nanos) throws InterruptedException {
    return worker.join(nanos);
  }

  private void work() {
    try {
      for (var next = work.take(); next.isPresent(); next = work.take()) {
        next.get().run();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts it", e);
    }
  }
}
