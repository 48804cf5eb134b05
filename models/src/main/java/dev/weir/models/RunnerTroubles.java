package dev.weir.models;

import dev.weir.models.RunnerHandle.Frame;
import dev.weir.models.RunnerHandle.Phase;
import dev.weir.runners.FromRunner;
import dev.weir.runners.RunnerException;
import dev.weir.runners.RunnerHungException;
import java.time.Duration;

/**
 * Why a run fails for its runners, as it is told to people. To be made under the lock of the {@link
 * Crew}.
 *
 * @param model the name of the model in messages
 */
record RunnerTroubles(String model) {

  /** The program raised. */
  ModelException raised(RunnerHandle runner, FromRunner.Failed failed) {
    var text = new StringBuilder("model ").append(model);
    if (failed.where().equals("load")) {
      text.append(" cannot be loaded: ").append(failed.summary());
    } else {
      text.append(failed.where().equals("program") ? "" : ": " + failed.where() + "()")
          .append(" failed")
          .append(at(runner, failed));
    }
    if (!failed.trace().isBlank()) {
      text.append('\n').append(failed.trace().stripTrailing().indent(2).stripTrailing());
    }
    return new ModelException(text.toString());
  }

  private static String at(RunnerHandle runner, FromRunner.Failed failed) {
    var frame =
        failed.where().equals("program") ? runner.inFlight.peekFirst() : runner.frame(failed.id());
    if (frame == null || failed.where().equals("begin") || failed.where().equals("end")) {
      return ": " + failed.summary();
    }
    if (frame.piece().set() || failed.where().equals("program")) {
      return " at " + frame.describe() + ": " + failed.summary();
    }
    return failed.index() < 0 || failed.index() >= frame.batch().size()
        ? ": " + failed.summary()
        : atRecord(frame, failed);
  }

  private static String atRecord(Frame frame, FromRunner.Failed failed) {
    return " at record "
        + frame.batch().sequence(failed.index())
        + " of slot "
        + frame.piece().slot()
        + ": "
        + failed.summary()
        + "\n  the record: "
        + RunnerHandle.text(frame.batch().get(failed.index()));
  }

  /** The process has ended, and nobody had asked it to. */
  RunnerLostException lost(RunnerHandle runner, FromRunner.Exited exited) {
    return new RunnerLostException(
        runner.describe()
            + " of model "
            + model
            + " is lost: "
            + exited.how()
            + (runner.phase == Phase.LOADING ? ", before it had loaded the model" : "")
            + runner.lastWords());
  }

  RunnerLostException notStarted(RunnerHandle runner, Throwable cause) {
    return new RunnerLostException(
        "runner " + runner.number() + " of model " + model + ": " + cause.getMessage(), cause);
  }

  RunnerException brokeProtocol(RunnerHandle runner) {
    return new RunnerException(
        runner.describe() + " broke the protocol: it is done with what it was not given");
  }

  /** The program reads a slot that it does not declare. */
  ModelException undeclared(int slot) {
    return new ModelException(
        "model "
            + model
            + " reads slot "
            + slot
            + ", which it does not declare. Add a comment to the model: weir.slot."
            + slot
            + ": in-use");
  }

  /** An answer is overdue by so many nanoseconds. */
  RunnerHungException hung(RunnerHandle runner, long owing, Duration limit) {
    return new RunnerHungException(
        runner.describe()
            + " of model "
            + model
            + " has not answered for "
            + Duration.ofNanos(owing).toSeconds()
            + " s (its time limit is "
            + shortly(limit)
            + "); "
            + (runner.stack == null
                ? "it does not say where it is"
                : "it is in:\n" + runner.stack.stripTrailing().indent(4).stripTrailing())
            + runner.lastWords());
  }

  private static String shortly(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
