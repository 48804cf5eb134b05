package dev.weir.cli;

import dev.weir.engine.JobStatus;
import dev.weir.engine.RunControl;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Ctrl-C and SIGTERM during a run: the first asks the run to end in order, the second kills the
 * process. Closing gives the signals back their usual meaning.
 */
final class Signals implements AutoCloseable {

  private static final int SIGNALLED = 128;
  private static final Map<String, Integer> HANDLED = Map.of("INT", 2, "TERM", 15);

  private final AtomicInteger received = new AtomicInteger();

  private Signals() {}

  static Signals handle(Console console, RunControl control, String job) {
    var signals = new Signals();
    onSignals(
        number -> {
          if (signals.received.compareAndSet(0, number)) {
            console.note("finishing the epoch; once more to kill");
            control.interrupt();
          } else {
            console.note("killed; job '" + job + "' is as of its last commit");
            Runtime.getRuntime().halt(SIGNALLED + number);
          }
        });
    return signals;
  }

  /** The exit status of a run that ended so. */
  int status(JobStatus status) {
    return status == JobStatus.INTERRUPTED ? SIGNALLED + received.get() : Main.DONE;
  }

  @Override
  public void close() {
    // The process is about to end; a signal now must not wait for a run that is gone.
    onSignals(number -> Runtime.getRuntime().halt(SIGNALLED + number));
  }

  /**
   * Handles the signals by {@code sun.misc.Signal} of the module jdk.unsupported. Java has nothing
   * else that hears a second signal, and javac warns of every mention of it, so it is reached by
   * its name.
   */
  private static void onSignals(IntConsumer action) {
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handler = Class.forName("sun.misc.SignalHandler");
      for (var handled : HANDLED.entrySet()) {
        var proxy =
            Proxy.newProxyInstance(
                Signals.class.getClassLoader(),
                new Class<?>[] {handler},
                (self, method, arguments) -> {
                  if (method.getDeclaringClass() == handler) {
                    action.accept(handled.getValue());
                  }
                  return null;
                });
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(handled.getKey()), proxy);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java cannot handle signals", e);
    }
  }
}
