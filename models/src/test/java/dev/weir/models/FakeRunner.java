package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.runners.Change;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.Outputs;
import dev.weir.runners.Runner;
import dev.weir.runners.ToRunner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;

/** A runner as a thread of this process, which obeys the protocol as the real ones do. */
final class FakeRunner implements Runner {

  /** What a model's file holds. */
  interface Program {
    default void begin(Api api) throws Exception {}

    void action(Api api, Object value, long sequence) throws Exception;

    default void end(Api api) throws Exception {}
  }

  /** A DeadlockError. */
  static final class Deadlock extends RuntimeException {
    Deadlock(String message) {
      super(message);
    }
  }

  private static final class Gone extends RuntimeException {}

  private static final class Held {
    boolean exclusive;
    boolean present;
    Object value;
    boolean dirty;
  }

  private record Kill() {}

  private final long number;
  private final Program program;
  private final Listener listener;
  private final BlockingQueue<Object> inbox = new LinkedBlockingQueue<>();
  private final Deque<ToRunner> stash = new ArrayDeque<>();
  private final Set<Item> recalled = new LinkedHashSet<>();
  private final Map<Item, Held> held = new HashMap<>();
  private final Map<String, Map<String, Held>> wholePools = new HashMap<>();
  private final List<Item> locked = new ArrayList<>();
  private final Thread thread;
  private volatile boolean killed;
  private volatile String how = "exit status 0";
  private long requests;
  private Map<Item, Held> overlay;

  FakeRunner(int number, Program program, Listener listener) {
    this.number = number;
    this.program = program;
    this.listener = listener;
    thread = new Thread(this::run, "fake-runner-" + number);
    thread.setDaemon(true);
    thread.start();
  }

  static RunnerFactory of(Program program) {
    return (number, listener) -> new FakeRunner(number, program, listener);
  }

  boolean isAlive() {
    return thread.isAlive();
  }

  @Override
  public void send(ToRunner message) {
    // What a frame is at this time is what the runner gets.
    inbox.add(
        message instanceof ToRunner.Grant g && g.value() instanceof Map<?, ?> map
            ? new ToRunner.Grant(
                g.request(), g.item(), g.exclusive(), g.present(), new LinkedHashMap<>(map))
            : message);
    if (message instanceof ToRunner.Where) {
      var trace = new StringBuilder();
      for (var frame : thread.getStackTrace()) {
        trace.append("at ").append(frame).append('\n');
      }
      listener.heard(new FromRunner.Stack(trace.toString()));
    }
  }

  @Override
  public long pid() {
    return 1000 + number;
  }

  @Override
  public long memory() {
    return 1 << 20;
  }

  @Override
  public void close() {
    inbox.add(new Kill());
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void kill() {
    how = "killed by signal 9";
    killed = true;
    inbox.add(new Kill());
    thread.interrupt();
  }

  void print(String line) {
    listener.printed(line);
  }

  private void run() {
    try {
      listener.heard(new FromRunner.Ready(pid(), "Fake"));
      while (true) {
        var message = stash.isEmpty() ? next() : stash.removeFirst();
        if (message instanceof ToRunner.Begin begin) {
          var api = new Api();
          if (begin.overlay()) {
            overlay = new HashMap<>();
          }
          if (!guard("begin", -1, -1, () -> program.begin(api))) {
            continue;
          }
          listener.heard(new FromRunner.Begun(begin.overlay() ? Outputs.NONE : api.outputs()));
          overlay = null;
        } else if (message instanceof ToRunner.Work work) {
          work(work);
        } else if (message instanceof ToRunner.Sync sync) {
          listener.heard(new FromRunner.Synced(sync.epoch(), changes(null)));
        } else if (message instanceof ToRunner.End) {
          var api = new Api();
          if (guard("end", -1, -1, () -> program.end(api))) {
            listener.heard(new FromRunner.Ended(api.outputs()));
          }
        } else if (message instanceof ToRunner.Recall recall) {
          recalled.add(recall.item());
        }
        giveBack();
      }
    } catch (Gone | InterruptedException e) {
      listener.heard(new FromRunner.Exited(killed ? 137 : 0, how));
    }
  }

  private interface Call {
    void run() throws Exception;
  }

  private boolean guard(String where, long id, int index, Call call) throws InterruptedException {
    try {
      call.run();
      return true;
    } catch (Gone | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      listener.heard(
          new FromRunner.Failed(
              where, id, index, e.getClass().getSimpleName() + ": " + e.getMessage(), "at line 1"));
      return false;
    }
  }

  private void work(ToRunner.Work work) throws InterruptedException {
    var api = new Api();
    Batch batch = work.batch();
    for (int i = 0; i < batch.size(); i++) {
      int index = i;
      if (!guard(
          "action",
          work.id(),
          i,
          () -> program.action(api, batch.get(index), batch.sequence(index)))) {
        return;
      }
      poll();
      if (i % 16 == 15) {
        giveBack();
      }
    }
    listener.heard(new FromRunner.Done(work.id(), api.outputs(), List.of()));
  }

  private ToRunner next() throws InterruptedException {
    var message = inbox.take();
    if (message instanceof Kill || killed) {
      throw new Gone();
    }
    return (ToRunner) message;
  }

  /** Takes what has arrived, without waiting. */
  private void poll() {
    for (var message = inbox.poll(); message != null; message = inbox.poll()) {
      if (message instanceof Kill || killed) {
        throw new Gone();
      }
      if (message instanceof ToRunner.Recall recall) {
        recalled.add(recall.item());
      } else {
        stash.addLast((ToRunner) message);
      }
    }
  }

  private boolean isLocked(Item item) {
    return locked.stream()
        .anyMatch(
            l ->
                l.equals(item)
                    || (item.isWholePool() && !item.isCell() && item.pool().equals(l.pool())));
  }

  private void giveBack() {
    var giving = recalled.stream().filter(i -> !isLocked(i)).toList();
    if (giving.isEmpty()) {
      return;
    }
    recalled.removeAll(giving);
    var changes = new ArrayList<Change>();
    for (var item : giving) {
      changes.addAll(changes(item));
      held.remove(item);
      if (!item.isCell() && item.isWholePool()) {
        wholePools.remove(item.pool());
      }
    }
    listener.heard(new FromRunner.Back(giving, changes));
  }

  /** The changes of an item that have not been told, or of all. */
  private List<Change> changes(Item of) {
    var changes = new ArrayList<Change>();
    held.forEach(
        (item, h) -> {
          if (h.dirty && (of == null || of.equals(item))) {
            h.dirty = false;
            changes.add(new Change(item, h.present, h.value));
          }
        });
    wholePools.forEach(
        (pool, keys) -> {
          if (of == null || of.equals(Item.pool(pool))) {
            keys.forEach(
                (key, h) -> {
                  if (h.dirty) {
                    h.dirty = false;
                    changes.add(new Change(Item.key(pool, key), h.present, h.value));
                  }
                });
          }
        });
    return changes;
  }

  private ToRunner.Grant ask(Item item, boolean exclusive, boolean peek)
      throws InterruptedException {
    long request = ++requests;
    poll();
    giveBack();
    listener.heard(new FromRunner.Need(request, item, exclusive, List.copyOf(locked), peek));
    while (true) {
      var message = next();
      if (message instanceof ToRunner.Grant grant && grant.request() == request) {
        return grant;
      } else if (message instanceof ToRunner.Refuse refuse) {
        throw new Deadlock(refuse.message());
      } else if (message instanceof ToRunner.Recall recall) {
        recalled.add(recall.item());
        giveBack();
      } else {
        stash.addLast(message);
      }
    }
  }

  private static Held of(ToRunner.Grant grant) {
    var h = new Held();
    h.exclusive = grant.exclusive();
    h.present = grant.present();
    h.value = grant.value();
    return h;
  }

  private Held lease(Item item, boolean exclusive) throws InterruptedException {
    if (overlay != null) {
      var h = overlay.get(item);
      if (h == null) {
        h = of(ask(item, false, true));
        overlay.put(item, h);
      }
      return h;
    }
    while (true) {
      if (!item.isCell()) {
        var pool = wholePools.get(item.pool());
        if (pool != null) {
          return pool.computeIfAbsent(item.name(), k -> new Held());
        }
      }
      var h = held.get(item);
      if (h != null && (h.exclusive || !exclusive)) {
        return h;
      }
      take(ask(item, exclusive, false));
    }
  }

  private void take(ToRunner.Grant grant) {
    var item = grant.item();
    if (item.isCell() || !item.isWholePool()) {
      held.put(item, of(grant));
      return;
    }
    var keys = new LinkedHashMap<String, Held>();
    ((Map<?, ?>) grant.value())
        .forEach(
            (k, v) -> {
              var h = new Held();
              h.present = true;
              h.value = v;
              keys.put((String) k, h);
            });
    // A key that is held keeps the runner's own value.
    held.entrySet()
        .removeIf(
            e -> {
              boolean within = item.pool().equals(e.getKey().pool());
              if (within) {
                keys.put(e.getKey().name(), e.getValue());
              }
              return within;
            });
    wholePools.put(item.pool(), keys);
  }

  /** What a program may call. */
  final class Api {
    private final List<Object> values = new ArrayList<>();

    long runner() {
      return number;
    }

    void emit(Object value) {
      values.add(value);
    }

    void print(String line) {
      FakeRunner.this.print(line);
    }

    void die(String reason) {
      how = reason;
      throw new Gone();
    }

    Object cell(String name) throws InterruptedException {
      return lease(Item.cell(name), false).value;
    }

    void set(String name, Object value) throws InterruptedException {
      update(Item.cell(name), x -> value);
    }

    Object update(String name, UnaryOperator<Object> change) throws InterruptedException {
      return update(Item.cell(name), change);
    }

    Object key(String pool, String key) throws InterruptedException {
      return lease(Item.key(pool, key), false).value;
    }

    Object update(Item item, UnaryOperator<Object> change) throws InterruptedException {
      var h = lease(item, true);
      locked.add(item);
      try {
        h.value = change.apply(h.value);
      } finally {
        locked.remove(item);
      }
      h.present = true;
      h.dirty = true;
      return h.value;
    }

    void delete(String pool, String key) throws InterruptedException {
      var h = lease(Item.key(pool, key), true);
      h.present = false;
      h.value = null;
      h.dirty = true;
    }

    int size(String pool) throws InterruptedException {
      while (!wholePools.containsKey(pool)) {
        take(ask(Item.pool(pool), true, false));
      }
      return (int) wholePools.get(pool).values().stream().filter(h -> h.present).count();
    }

    private Outputs outputs() {
      return new Outputs(values.toArray(), null);
    }
  }
}
