package dev.weir.models;

import dev.weir.runners.Runner;

/** Starts the runners of one model. Thread-safe. */
@FunctionalInterface
public interface RunnerFactory {

  /**
   * Starts a runner, whose first message is {@link dev.weir.runners.FromRunner.Ready}, a failed
   * load, or its end.
   *
   * @param number the runner's number within its operator, from 1, for people
   * @param listener may hear the first messages before this returns
   * @throws dev.weir.runners.RunnerException when it cannot be started
   */
  Runner start(int number, Runner.Listener listener);
}
