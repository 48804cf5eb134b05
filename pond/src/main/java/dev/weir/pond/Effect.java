package dev.weir.pond;

/** What {@link Pond#run} does with a state: it may emit events. What it throws fails the run. */
@FunctionalInterface
public interface Effect<S> {
  void apply(S state, Enqueue enqueue) throws Exception;
}
