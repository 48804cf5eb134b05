package dev.weir.runners;

import dev.weir.graph.Batch;
import dev.weir.runners.internal.jvm.CompileException;
import dev.weir.runners.internal.jvm.Compiler;
import dev.weir.runners.internal.jvm.Functions;
import dev.weir.runners.internal.jvm.Inbox;
import dev.weir.runners.internal.jvm.Trace;
import java.util.ArrayList;
import java.util.List;

/**
 * A thread of this JVM that runs a model written in Java. What is said to it and what it says are
 * objects, and nothing is serialised.
 *
 * <p>{@link FromRunner.Ready} or {@link FromRunner.Failed} is heard when the program is loaded;
 * messages may be sent before. {@link FromRunner.Exited} is always heard, once, after everything
 * else.
 *
 * <p>A thread cannot be ended against its will. One that does not stop when it is killed is
 * interrupted and abandoned: nothing of it is heard any more, and its next use of a cell or pool
 * ends it.
 */
public final class JavaRunner implements Runner {

  private static final long POLITENESS_MILLIS = 1000;

  private final JavaProgram program;
  private final ProgramSpec spec;
  private final Listener listener;
  private final Inbox inbox = new Inbox();
  private final Thread thread;
  // Guards telling: the listener hears from one thread at a time, and nothing after Exited.
  private final Object telling = new Object();
  private boolean over;
  private volatile Compiler.Compiled compiled;
  private volatile Functions functions;

  private JavaRunner(JavaProgram program, Listener listener) {
    this.program = program;
    this.spec = program.spec();
    this.listener = listener;
    thread = new Thread(this::run, "weir-java-" + spec.file().getFileName());
    thread.setDaemon(true);
  }

  /** Starts a runner; returns at once. */
  public static JavaRunner start(JavaProgram program, Listener listener) {
    var runner = new JavaRunner(program, listener);
    runner.thread.start();
    return runner;
  }

  @Override
  public void send(ToRunner message) {
    if (message instanceof ToRunner.Where) {
      tell(new FromRunner.Stack(where()));
    } else {
      inbox.put(message);
    }
  }

  private String where() {
    var loaded = functions;
    var item = loaded == null ? null : loaded.host().leases().waiting();
    var doing = item == null ? "waiting for records" : "waiting for " + item;
    var source = compiled;
    if (source == null) {
      return "compiling the model";
    }
    var frames = new Trace(source).of(thread.getStackTrace(), doing);
    return item == null || frames.equals(doing) ? frames : frames + "\n" + doing;
  }

  private void run() {
    try {
      if (!load()) {
        inbox.awaitClose();
      }
      var leases = functions.host().leases();
      while (serve(leases.receive())) {}
      while (true) {
        leases.receive(); // After a failure it only gives back what others want.
      }
    } catch (Inbox.Closed e) {
      // As it was told.
    } finally {
      exited(0, "it was closed");
    }
  }

  private boolean load() {
    try {
      compiled = program.compiled();
      var type = JavaProgram.load(compiled, spec, this::print);
      var loaded = Functions.load(type, spec);
      loaded.host().logTo(this::print);
      loaded.host().leases().attach(inbox, this::tell);
      functions = loaded;
      tell(new FromRunner.Ready(pid(), "Java " + System.getProperty("java.version")));
      return true;
    } catch (Inbox.Closed e) {
      throw e;
    } catch (CompileException e) {
      tell(new FromRunner.Failed("load", 0, 0, e.getMessage(), e.details()));
    } catch (Throwable e) {
      tell(
          new FromRunner.Failed(
              "load",
              0,
              0,
              Trace.summaryOfLoad(e),
              compiled == null ? "" : new Trace(compiled).of(e)));
    }
    return false;
  }

  /** Does what is asked; false after a failure. */
  private boolean serve(ToRunner message) {
    boolean well = true;
    var leases = functions.host().leases();
    if (message instanceof ToRunner.Work work) {
      well = work(work);
    } else if (message instanceof ToRunner.Sync sync) {
      tell(new FromRunner.Synced(sync.epoch(), leases.sync()));
    } else if (message instanceof ToRunner.Begin begin) {
      well = begin(begin.overlay());
    } else if (message instanceof ToRunner.End) {
      well = callOnce("end", functions.end());
      if (well) {
        tell(new FromRunner.Ended(functions.host().outputs().take()));
      }
    } else {
      throw new IllegalStateException("a runner does not know " + message);
    }
    leases.served();
    return well;
  }

  private boolean begin(boolean overlay) {
    var host = functions.host();
    if (overlay) {
      host.leases().beginOverlay();
    }
    try {
      if (!callOnce("begin", functions.begin())) {
        return false;
      }
    } finally {
      if (overlay) {
        host.leases().endOverlay();
        host.outputs().truncate(0);
      }
    }
    tell(new FromRunner.Begun(host.outputs().take()));
    return true;
  }

  private boolean callOnce(String where, Functions.Call function) {
    try {
      if (function != null) {
        function.call(null, 0, 0, functions.host().outputs());
      }
      return true;
    } catch (Inbox.Closed e) {
      throw e;
    } catch (Throwable e) {
      tell(new FromRunner.Failed(where, 0, 0, Trace.summary(e), new Trace(compiled).of(e)));
      return false;
    }
  }

  private boolean work(ToRunner.Work work) {
    var host = functions.host();
    var outputs = host.outputs();
    var action = functions.action(work.slot());
    if (action == null) {
      tell(
          new FromRunner.Failed(
              "action",
              work.id(),
              0,
              spec.file() + " has no method for the records of slot " + work.slot(),
              ""));
      return false;
    }
    var batch = work.batch();
    int calls = work.set() ? 1 : batch.size();
    List<FromRunner.Failure> failures = List.of();
    for (int i = 0; i < calls; i++) {
      int before = outputs.size();
      try {
        if (work.set()) {
          action.call(batch.records(), work.slot(), last(batch), outputs);
        } else {
          action.call(batch.get(i), work.slot(), batch.sequence(i), outputs);
        }
      } catch (Inbox.Closed e) {
        throw e;
      } catch (Throwable e) {
        int index = work.set() ? Math.max(0, batch.size() - 1) : i;
        var summary = Trace.summary(e);
        var trace = new Trace(compiled).of(e);
        if (!spec.goOn() || e instanceof OutOfMemoryError) {
          tell(new FromRunner.Failed("action", work.id(), index, summary, trace));
          return false;
        }
        outputs.truncate(before);
        failures = failures.isEmpty() ? new ArrayList<>() : failures;
        failures.add(new FromRunner.Failure(index, summary, trace));
      }
      if (inbox.urgent()) {
        host.leases().due();
      }
    }
    host.leases().served(); // first, so that others need not wait for the rest
    tell(new FromRunner.Done(work.id(), outputs.take(), failures));
    return true;
  }

  private static long last(Batch batch) {
    return batch.isEmpty() ? 0 : batch.sequence(batch.size() - 1);
  }

  private void tell(FromRunner message) {
    synchronized (telling) {
      if (!over) {
        listener.heard(message);
      }
    }
  }

  private void print(String line) {
    synchronized (telling) {
      if (!over) {
        listener.printed(line);
      }
    }
  }

  private void exited(int status, String how) {
    synchronized (telling) {
      if (!over) {
        over = true;
        listener.heard(new FromRunner.Exited(status, how));
      }
    }
  }

  /** That of this JVM. */
  @Override
  public long pid() {
    return ProcessHandle.current().pid();
  }

  /** Not known: a thread has no memory of its own. */
  @Override
  public long memory() {
    return -1;
  }

  @Override
  public void close() {
    inbox.close();
    if (!ended()) {
      kill();
    }
  }

  @Override
  public void kill() {
    inbox.close();
    thread.interrupt();
    if (!ended()) {
      print("a runner does not end; its thread is left to itself, in:\n" + where());
      exited(1, "its thread does not end, and was abandoned");
    }
  }

  private boolean ended() {
    if (thread == Thread.currentThread()) {
      return true;
    }
    try {
      thread.join(POLITENESS_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
