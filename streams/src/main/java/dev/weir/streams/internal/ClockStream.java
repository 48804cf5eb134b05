package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code time:1s}: a tick each period, whose record is the time that it was due, in milliseconds
 * since 1970. Tick n is due at {@code time-zero + delay + n * period}, n from 0; without a time
 * zero that is when the first run began.
 */
final class ClockStream extends TransportStream {

  static final Transport TRANSPORT = new Time();
  private static final double MILLIS = 1000;

  private ClockStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Time implements Transport {
    @Override
    public String name() {
      return "time";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.optional("time-zero", Field.Type.TEXT, null),
          Field.optional("delay", Field.Type.NUMBER, 0L),
          Field.optional("period", Field.Type.NUMBER, 1.0),
          Field.optional("max-count", Field.Type.WHOLE, null),
          Field.optional("overflow", Field.Type.TEXT, "all"));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.MESSAGES);
    }

    /** {@code time:}, {@code time:0.5}, {@code time:100ms} or {@code time:10s}, the period. */
    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      if (rest.isEmpty()) {
        return Map.of("transport", "time");
      }
      try {
        double seconds =
            rest.endsWith("ms")
                ? Double.parseDouble(rest.substring(0, rest.length() - 2)) / MILLIS
                : Double.parseDouble(
                    rest.endsWith("s") ? rest.substring(0, rest.length() - 1) : rest);
        return Map.of("transport", Map.of("type", "time", "period", seconds));
      } catch (NumberFormatException e) {
        throw new WeirException("a period follows time:, such as 0.5, 10s or 100ms", e);
      }
    }

    @Override
    public void check(Descriptor descriptor) {
      var settings = descriptor.settings();
      if (settings.number("period") * MILLIS < 1) {
        throw new WeirException("the time stream: the period is 0.001 (seconds) at least");
      }
      if (!List.of("all", "skip").contains(overflow(settings))) {
        throw new WeirException(
            "the time stream: overflow is all or skip, not " + settings.text("overflow"));
      }
      if (settings.has("time-zero")) {
        timeZero(settings);
      }
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new ClockStream(descriptor);
    }
  }

  private static String overflow(Settings settings) {
    return settings.text("overflow").toLowerCase(Locale.ROOT);
  }

  private static long timeZero(Settings settings) {
    try {
      return Instant.parse(settings.text("time-zero")).toEpochMilli();
    } catch (DateTimeParseException e) {
      throw new WeirException(
          "the time stream: time-zero is a time such as 2026-01-31T12:00:00Z, not "
              + settings.text("time-zero"),
          e);
    }
  }

  @Override
  public String describe() {
    return "time:" + descriptor.settings().number("period") + "s";
  }

  @Override
  boolean canReplay() {
    return overflow(descriptor.settings()).equals("all");
  }

  @Override
  Source newSource() {
    return new Ticks(descriptor.settings(), new SystemTime());
  }

  /** What time it is. */
  interface Watch {
    long millis();

    /** Waits, or lets time pass. */
    void sleep(Duration time) throws InterruptedException;
  }

  private static final class SystemTime implements Watch {
    @Override
    public long millis() {
      return System.currentTimeMillis();
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
      Thread.sleep(time.toMillis());
    }
  }

  /**
   * The ticks. Position: {@code {"zero":milliseconds,"ticks":n,"records":n}}. With overflow {@code
   * all} every tick is given, late if need be, and the same again; with {@code skip} of the ticks
   * that are overdue only the last one.
   */
  static final class Ticks implements Source {
    private final Settings settings;
    private final Watch watch;
    private final boolean all;
    private final double period;
    private long zero;
    private long ticks;
    private long records;

    Ticks(Settings settings, Watch watch) {
      this.settings = settings;
      this.watch = watch;
      this.all = overflow(settings).equals("all");
      this.period = settings.number("period") * MILLIS;
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      if (position.isPresent()) {
        zero = Positions.count(position.get(), "zero");
        ticks = Positions.count(position.get(), "ticks");
        records = Positions.count(position.get(), "records");
        return;
      }
      long given = settings.has("time-zero") ? timeZero(settings) : watch.millis();
      zero = given + Math.round(settings.number("delay") * MILLIS);
      if (!all) {
        skipOverdue();
      }
    }

    private long due(long tick) {
      return zero + Math.round(tick * period);
    }

    private void skipOverdue() {
      while (due(ticks + 1) <= watch.millis()) {
        ticks = Math.max(ticks + 1, (long) ((watch.millis() - zero) / period));
      }
    }

    private boolean isOver() {
      var most = settings.whole("max-count");
      return most != null && records >= most;
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      if (isOver()) {
        return Optional.empty();
      }
      long wait = due(ticks) - watch.millis();
      if (wait > 0) {
        watch.sleep(Duration.ofMillis(Math.min(wait, patience.toMillis())));
      }
      if (!all) {
        skipOverdue();
      }
      long first = records + 1;
      var values = new ArrayList<Object>();
      while (values.size() < max && !isOver() && due(ticks) <= watch.millis()) {
        values.add(due(ticks++));
        records++;
      }
      return Optional.of(Batch.of(first, values.toArray()));
    }

    @Override
    public Map<String, Object> position() {
      return Positions.of("zero", zero, "ticks", ticks, "records", records);
    }

    @Override
    public boolean replayable() {
      return all;
    }

    @Override
    public void close() {}
  }
}
