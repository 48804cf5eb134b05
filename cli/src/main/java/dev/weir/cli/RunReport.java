package dev.weir.cli;

import dev.weir.app.RunOptions;
import dev.weir.engine.RunListener;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.Rejection;
import dev.weir.state.Snapshot;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Shows a run on stderr: how it began, what the program prints, records dropped, progress. */
final class RunReport implements RunListener {

  /** So many dropped records are shown one by one; the rest are counted. */
  private static final int SHOWN = 5;

  private final Console console;
  private final String job;
  private final boolean quiet;
  private final boolean drawn;
  private final ConcurrentHashMap<String, LongAdder> rejected = new ConcurrentHashMap<>();
  private long began = System.nanoTime();
  private long inBefore = -1;

  RunReport(Console console, RunOptions options, boolean quiet) {
    this.console = console;
    this.job = options.job();
    this.quiet = quiet;
    this.drawn =
        !quiet && !(options.streams().getOrDefault(1, "-").equals("-") && console.outIsTerminal());
  }

  @Override
  public void started(long run, Start start, long epoch, int attempt) {
    began = System.nanoTime();
    inBefore = -1;
    if (quiet) {
      return;
    }
    switch (start) {
      case RESUMED ->
          console.note(
              "job '" + job + "' goes on from epoch " + epoch + " (--fresh would start over)");
      case RESTORED -> console.note("job '" + job + "' starts from the restored snapshot");
      case FRESH -> {
        // The usual case needs no words.
      }
    }
  }

  @Override
  public void printed(String node, String line) {
    console.raw(line);
  }

  @Override
  public void warn(String message) {
    if (!quiet) {
      console.note(message);
    }
  }

  @Override
  public void rejected(String node, Rejection rejection) {
    if (quiet) {
      return;
    }
    var count = rejected.computeIfAbsent(node + " " + rejection.reason(), k -> new LongAdder());
    count.increment();
    long n = count.sum();
    if (n <= SHOWN) {
      console.note(
          node
              + ": "
              + which(rejection)
              + " dropped: "
              + rejection.message()
              + ": "
              + rejection.record());
      if (rejection.trace() != null) {
        console.raw(rejection.trace().stripTrailing());
      }
    }
    if (n == SHOWN) {
      console.note(node + ": further ones are only counted: weir job inspect " + job);
    }
  }

  /** Slots 0 and 1 go without saying. */
  private static String which(Rejection rejection) {
    var of = rejection.slot() > 1 ? " of slot " + rejection.slot() : "";
    return (rejection.sequence() > 0 ? "record " + rejection.sequence() : "an output") + of;
  }

  @Override
  public void snapshot(Snapshot snapshot) {
    if (!quiet) {
      console.note(
          "snapshot "
              + snapshot.id()
              + " ("
              + snapshot.why().word()
              + ", epoch "
              + snapshot.position()
              + ")");
    }
  }

  @Override
  public void progress(Progress p) {
    if (!drawn) {
      return;
    }
    if (inBefore < 0) {
      inBefore = p.in();
    }
    double seconds = Math.max(1e-3, (System.nanoTime() - began) / 1e9);
    console.progress(
        String.format(
            Locale.ROOT,
            "%s: %,d in, %,d out%s, %,.0f/s, epoch %d, %,d rows, %d ms to commit",
            job,
            p.in(),
            p.out(),
            p.rejected() == 0 ? "" : String.format(Locale.ROOT, ", %,d dropped", p.rejected()),
            (p.in() - inBefore) / seconds,
            p.epoch(),
            p.rows(),
            TimeUnit.NANOSECONDS.toMillis(p.uncommitted())));
  }
}
