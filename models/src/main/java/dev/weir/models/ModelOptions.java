package dev.weir.models;

import java.time.Duration;

/**
 * How a model is run.
 *
 * @param runners how many runners share the records, at least 1
 * @param ordered whether outputs are in input order although there are several runners
 * @param timeLimit how long a runner may take for one call of begin or end, or for one frame of
 *     records (about 20 ms of work, a single record where it takes longer), not counting the time
 *     that it waits for a cell or pool
 * @param goOn whether a record at which the model raises is rejected; otherwise it fails the run
 */
public record ModelOptions(int runners, boolean ordered, Duration timeLimit, boolean goOn) {

  /** One runner, a minute. */
  public static final ModelOptions DEFAULT =
      new ModelOptions(1, false, Duration.ofSeconds(60), false);

  public ModelOptions {
    if (runners < 1) {
      throw new IllegalArgumentException("at least 1 runner is needed, not " + runners);
    }
    if (timeLimit.isZero() || timeLimit.isNegative()) {
      throw new IllegalArgumentException("the time limit must be positive, not " + timeLimit);
    }
  }

  public ModelOptions withRunners(int number) {
    return new ModelOptions(number, ordered, timeLimit, goOn);
  }

  public ModelOptions withOrdered(boolean inOrder) {
    return new ModelOptions(runners, inOrder, timeLimit, goOn);
  }

  public ModelOptions withTimeLimit(Duration limit) {
    return new ModelOptions(runners, ordered, limit, goOn);
  }

  public ModelOptions withGoOn(boolean afterFailures) {
    return new ModelOptions(runners, ordered, timeLimit, afterFailures);
  }
}
