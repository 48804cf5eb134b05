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
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A Java runner and what it says, with state that answers its needs. */
final class JavaTalk implements AutoCloseable, Runner.Listener {

  private static final long PATIENCE_SECONDS = 30;

  final JavaRunner runner;
  final LinkedBlockingQueue<FromRunner> heard = new LinkedBlockingQueue<>();
  final LinkedBlockingQueue<String> printed = new LinkedBlockingQueue<>();
  final Map<Item, Object> state = new LinkedHashMap<>();
  final List<FromRunner.Need> needs = new ArrayList<>();
  private long work;

  JavaTalk(ProgramSpec spec) {
    runner = JavaRunner.start(JavaProgram.of(spec), this);
  }

  static Path write(Path folder, String source) {
    try {
      return Files.writeString(folder.resolve("model.java"), source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a source and waits until it is loaded. */
  static JavaTalk with(Path folder, String source) {
    return with(ProgramSpec.of(write(folder, source)));
  }

  static JavaTalk with(ProgramSpec spec) {
    var talk = new JavaTalk(spec);
    talk.next(FromRunner.Ready.class);
    return talk;
  }

  /** Runs a model with this body. */
  static JavaTalk of(Path folder, String body) {
    return with(folder, model(body));
  }

  static String model(String body) {
    return "import java.util.*;\nimport java.util.stream.*;\nimport weir.*;\nclass M extends Model {\n"
        + body
        + "\n}\n";
  }

  static ProgramSpec goingOn(Path file, Set<Integer> sets) {
    return new ProgramSpec(file, Map.of(), sets, true, true);
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
    return polled(heard);
  }

  String line() {
    return polled(printed);
  }

  private <T> T polled(LinkedBlockingQueue<T> queue) {
    try {
      var message = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(message).as("nothing; heard %s, printed %s", heard, printed).isNotNull();
      return message;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  <T extends FromRunner> T next(Class<T> kind) {
    var message = next();
    assertThat(message).isInstanceOf(kind);
    return kind.cast(message);
  }

  /** The next message of a kind; needs before it are granted from {@link #state}. */
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
      var keys = new LinkedHashMap<String, Object>();
      state.forEach(
          (each, value) -> {
            if (item.pool().equals(each.pool())) {
              keys.put(each.name(), value);
            }
          });
      runner.send(new ToRunner.Grant(need.request(), item, true, true, keys));
    } else {
      runner.send(
          new ToRunner.Grant(
              need.request(), item, need.exclusive(), state.containsKey(item), state.get(item)));
    }
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

  void work(Object... records) {
    runner.send(new ToRunner.Work(++work, 0, false, Batch.of(1, records)));
  }

  void set(Object... records) {
    runner.send(new ToRunner.Work(++work, 0, true, Batch.of(1, records)));
  }

  /** Sends records and gives the outputs. */
  List<Object> run(Object... records) {
    work(records);
    return answer(FromRunner.Done.class).outputs().values();
  }

  FromRunner.Failed fails(Object... records) {
    work(records);
    return answer(FromRunner.Failed.class);
  }

  void begin() {
    runner.send(new ToRunner.Begin(false));
    answer(FromRunner.Begun.class);
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
