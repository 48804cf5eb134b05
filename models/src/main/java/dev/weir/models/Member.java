package dev.weir.models;

import dev.weir.runners.Item;
import dev.weir.runners.ToRunner;
import java.util.function.Supplier;

/**
 * A runner, as those who share state with it see it. Its methods return at once and may be called
 * while locks are held.
 */
interface Member {

  /** The runner's number, for people. */
  int number();

  /** Sends a message, which is made when its turn comes. Messages keep their order. */
  void post(Supplier<ToRunner> message);

  /** The runner now waits for a lease that others hold: its time does not count. */
  void blocked(Item item);

  /** The runner has the lease, or was refused it. */
  void unblocked();

  /** An answer to a recall is owed. */
  void recalled(Item item);

  /** An answer to a recall has come. */
  void gaveBack(Item item);
}
