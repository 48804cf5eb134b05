package dev.weir.app;

import dev.weir.graph.Batch;
import dev.weir.pond.Codec;
import dev.weir.pond.Event;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.FishStoppedException;
import dev.weir.pond.PondException;
import dev.weir.pond.Where;
import dev.weir.runners.FromRunner;
import dev.weir.runners.ProgramSpec;
import dev.weir.runners.Python;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import dev.weir.runners.Runner;
import dev.weir.runners.ToRunner;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A fish that a Python file defines, in a process of its own, where its states stay: what is here
 * are their numbers. Thread-safe. Close it when its fish is not used any more.
 */
final class PythonFish implements AutoCloseable {

  /** A state in the process; forgotten there when it is forgotten here. */
  private record State(long number) {}

  private final Path file;
  private final Duration patience;
  private final BlockingQueue<FromRunner> answers = new LinkedBlockingQueue<>();
  private final Cleaner cleaner = Cleaner.create();
  private final ConcurrentLinkedQueue<Long> freed = new ConcurrentLinkedQueue<>();
  private final AtomicLong numbers = new AtomicLong();
  private final Runner runner;
  private final Fish<?, ?> fish;
  private long asked;
  private String gone;

  /**
   * @param printed is told what the program prints, by the line
   * @param patience how long the program may work on one event
   * @throws BadProgramException when the file defines no fish
   */
  PythonFish(Path file, Python python, Consumer<String> printed, Duration patience) {
    this.file = file;
    this.patience = patience;
    this.runner =
        PythonRunner.start(
            new PythonSpec(python, ProgramSpec.ofFish(file)),
            new Runner.Listener() {
              @Override
              public void heard(FromRunner message) {
                answers.add(message);
              }

              @Override
              public void printed(String line) {
                printed.accept(line);
              }
            });
    boolean done = false;
    try {
      this.fish = define();
      done = true;
    } finally {
      if (!done) {
        runner.close();
      }
    }
  }

  Fish<?, ?> fish() {
    return fish;
  }

  private Fish<?, ?> define() {
    Map<?, ?> said;
    try {
      said = (Map<?, ?>) ask("describe", 0L);
    } catch (PondException e) {
      throw new BadProgramException(e.getMessage());
    }
    var builder =
        Fish.of(id(said), new States(), Codec.text())
            .initialState(() -> made("start"))
            .onEvent(this::apply)
            .where(where(said))
            .revision(Objects.requireNonNullElse((String) said.get("revision"), ""))
            .onError(onError(said));
    if (said.get("resets").equals(true)) {
      builder.isReset((payload, event) -> ask("reset", 0L, payload, metadata(event)).equals(true));
    }
    return builder.build();
  }

  private FishId id(Map<?, ?> said) {
    var own = file.getFileName().toString().replaceAll("\\.py$", "");
    var name = Objects.requireNonNullElse((String) said.get("fish"), own + "/all");
    int slash = name.indexOf('/');
    long version = said.get("version") instanceof Long number ? number : 0;
    if (slash <= 0 || slash == name.length() - 1 || version != (int) version) {
      throw new BadProgramException(
          "%s: fish = '%s' and version = %d name no fish: write fish = 'TYPE/NAME', and a version from 0"
              .formatted(file, name, version));
    }
    try {
      return FishId.of(name.substring(0, slash), name.substring(slash + 1), (int) version);
    } catch (PondException e) {
      throw new BadProgramException(file + ": " + e.getMessage());
    }
  }

  private Where where(Map<?, ?> said) {
    try {
      return said.get("where") instanceof String text ? Where.parse(text) : Where.allEvents();
    } catch (PondException e) {
      throw new BadProgramException("%s: its where: %s".formatted(file, e.getMessage()));
    }
  }

  private Fish.OnError onError(Map<?, ?> said) {
    var text = Objects.requireNonNullElse((String) said.get("on_error"), "stop");
    for (var each : Fish.OnError.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
        return each;
      }
    }
    throw new BadProgramException(
        "%s: on_error is stop, skip or quarantine, not '%s'".formatted(file, text));
  }

  private State apply(State state, String payload, Event event) {
    ask("apply", state.number(), payload, metadata(event));
    return state;
  }

  private static List<Object> metadata(Event event) {
    return List.of(
        event.stream(),
        event.offset(),
        event.lamport(),
        event.time().toString(),
        event.tags(),
        event.id(),
        event.local());
  }

  private State made(String verb, Object... arguments) {
    long number = numbers.incrementAndGet();
    var all = new ArrayList<Object>(List.of(number));
    all.addAll(Arrays.asList(arguments));
    ask(verb, all.toArray());
    var state = new State(number);
    cleaner.register(state, () -> freed.add(number));
    return state;
  }

  private final class States implements Codec<State> {
    @Override
    public String write(State state) {
      return (String) ask("write", state.number());
    }

    @Override
    public State read(String text) {
      return made("read", text);
    }
  }

  /** Has something done; what the program raises is thrown. */
  private synchronized Object ask(String verb, Object... arguments) {
    if (gone != null) {
      throw new FishStoppedException(gone);
    }
    var command = new ArrayList<Object>();
    command.add(verb);
    command.addAll(Arrays.asList(arguments));
    var forgotten = new ArrayList<Object>();
    for (Long each = freed.poll(); each != null; each = freed.poll()) {
      forgotten.add(each);
    }
    command.add(forgotten);
    runner.send(new ToRunner.Work(++asked, 0, false, Batch.of(1, command)));
    while (true) {
      var answer = answer();
      if (answer instanceof FromRunner.Done done && done.id() == asked) {
        if (!done.failures().isEmpty()) {
          var failure = done.failures().get(0);
          throw new PondException(said(failure.summary(), failure.trace()));
        }
        return ((List<?>) done.outputs().value(0)).get(0);
      } else if (answer instanceof FromRunner.Failed failed) {
        throw lost(said(failed.summary(), failed.trace()));
      } else if (answer instanceof FromRunner.Exited exited) {
        throw lost("the process of %s has ended: %s".formatted(file, exited.how()));
      }
    }
  }

  private static String said(String summary, String trace) {
    return trace.isEmpty() ? summary : summary + "\n" + trace;
  }

  private FromRunner answer() {
    FromRunner answer;
    try {
      answer = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw lost("interrupted while %s was at work".formatted(file));
    }
    if (answer == null) {
      runner.kill();
      throw lost(
          "%s has worked on one event for more than %d s; its process was ended"
              .formatted(file, patience.toSeconds()));
    }
    return answer;
  }

  /** Without its process there is nothing that could be asked. */
  private FishStoppedException lost(String why) {
    gone = why;
    return new FishStoppedException(why);
  }

  @Override
  public void close() {
    runner.close();
  }
}
