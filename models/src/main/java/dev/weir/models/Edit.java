package dev.weir.models;

import dev.weir.runners.Item;
import dev.weir.runners.ToRunner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A value that somebody outside the program sets: takes a lease like a runner, so that no runner
 * goes on with an older copy.
 *
 * @param item a cell or a key of a pool
 * @param text the new value as JSON text, or null to delete a key
 */
record Edit(Item item, String text, CountDownLatch granted) implements Member {

  Edit(Item item, String text) {
    this(item, text, new CountDownLatch(1));
  }

  /** Waits for the lease; false when the time is over. */
  boolean awaitLease(long millis) throws InterruptedException {
    return granted.await(millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public int number() {
    return 0;
  }

  @Override
  public void post(Supplier<ToRunner> message) {
    // The value of the grant is of no interest.
  }

  @Override
  public void blocked(Item waited) {
    // Nobody measures its time.
  }

  @Override
  public void unblocked() {
    granted.countDown();
  }

  @Override
  public void recalled(Item recalled) {
    // It gives everything back by itself, at once.
  }

  @Override
  public void gaveBack(Item given) {
    // Nothing is owed.
  }
}
