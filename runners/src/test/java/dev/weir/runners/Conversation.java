package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A runner and what it says, message by message, with state that answers its needs. */
final class Conversation implements AutoCloseable, Runner.Listener {

  static final Python PYTHON = Python.find(System.getenv());
  static final R R_HERE = R.find(System.getenv());
  private static final long PATIENCE_SECONDS = 30;

  final Runner runner;
  final LinkedBlockingQueue<FromRunner> heard = new LinkedBlockingQueue<>();
  final LinkedBlockingQueue<String> printed = new LinkedBlockingQueue<>();
  final Map<Item, Object> state = new LinkedHashMap<>();
  final List<FromRunner.Need> needs = new ArrayList<>();
  private long work;

  Conversation(ProgramSpec program) {
    runner = start(program, this);
  }

  /** Starts a runner of the language that the file's name says. */
  static Runner start(ProgramSpec program, Runner.Listener listener) {
    var name = program.file().toString();
    if (name.endsWith(".R")) {
      return RRunner.start(new RSpec(R_HERE, program), listener);
    }
    return name.endsWith(".java")
        ? JavaRunner.start(JavaProgram.of(program), listener)
        : PythonRunner.start(new PythonSpec(PYTHON, program), listener);
  }

  /** Runs a program and waits until it is loaded. */
  static Conversation with(ProgramSpec program) {
    var conversation = new Conversation(program);
    conversation.next(FromRunner.Ready.class);
    return conversation;
  }

  static Path write(Path folder, String name, String program) {
    try {
      return Files.writeString(folder.resolve(name), program);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A model in Java with this body. */
  static String javaModel(String body) {
    return "import java.util.*;\nimport java.util.stream.*;\nimport weir.*;\nclass M extends Model {\n"
        + body
        + "\n}\n";
  }

  @Override
  public void heard(FromRunner message) {
    heard.add(message);
  }

  @Override
  public void printed(String line) {
    printed.add(line);
  }

  FromRunner next() {
    try {
      var message = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(message).as("the runner said nothing; it printed %s", printed).isNotNull();
      return message;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  String line() {
    try {
      var line = printed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(line).as("the runner printed nothing; it said %s", heard).isNotNull();
      return line;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  <T extends FromRunner> T next(Class<T> kind) {
    var message = next();
    assertThat(message).isInstanceOf(kind);
    return kind.cast(message);
  }

  /** The next message of a kind; needs before it are granted from {@link #state}, all at once. */
  <T extends FromRunner> T answer(Class<T> kind) {
    while (true) {
      var message = next();
      if (message instanceof FromRunner.Need need) {
        needs.add(need);
        grant(need);
      } else if (message instanceof FromRunner.Back back) {
        apply(back.changes());
      } else {
        assertThat(message).isInstanceOf(kind);
        return kind.cast(message);
      }
    }
  }

  void grant(FromRunner.Need need) {
    var item = need.item();
    if (item.isWholePool()) {
      runner.send(new ToRunner.Grant(need.request(), item, true, true, keys(item.pool())));
    } else {
      runner.send(
          new ToRunner.Grant(
              need.request(), item, need.exclusive(), state.containsKey(item), state.get(item)));
    }
  }

  Map<String, Object> keys(String pool) {
    var keys = new LinkedHashMap<String, Object>();
    state.forEach(
        (item, value) -> {
          if (pool.equals(item.pool())) {
            keys.put(item.name(), value);
          }
        });
    return keys;
  }

  void apply(List<Change> changes) {
    for (var change : changes) {
      if (change.present()) {
        state.put(change.item(), change.value());
      } else {
        state.remove(change.item());
      }
    }
  }

  /** Sends records and gives the outputs. */
  List<Object> run(Object... records) {
    work(records);
    return answer(FromRunner.Done.class).outputs().values();
  }

  long work(Object... records) {
    work++;
    runner.send(new ToRunner.Work(work, 0, false, Batch.of(1, records)));
    return work;
  }

  /** Sends records as one set. */
  void set(Object... records) {
    work++;
    runner.send(new ToRunner.Work(work, 0, true, Batch.of(1, records)));
  }

  FromRunner.Failed fails(Object... records) {
    work(records);
    return answer(FromRunner.Failed.class);
  }

  FromRunner.Begun begin() {
    runner.send(new ToRunner.Begin(false));
    return answer(FromRunner.Begun.class);
  }

  FromRunner.Synced sync(long epoch) {
    runner.send(new ToRunner.Sync(epoch));
    var synced = answer(FromRunner.Synced.class);
    apply(synced.changes());
    return synced;
  }

  @Override
  public void close() {
    runner.close();
  }
}
