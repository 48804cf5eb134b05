package dev.weir.runners.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.Outputs;
import dev.weir.runners.RunnerException;
import dev.weir.runners.ToRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages as lists whose first item is their kind, in R's form. */
public final class RMessages implements ChildProcess.Dialect {

  private static final int KEPT_BUFFER = 1 << 22;

  private RWriter frame = new RWriter(1 << 16);

  @Override
  public GrowingBuffer write(ToRunner message, int reserved) {
    if (frame.size() > KEPT_BUFFER) {
      frame = new RWriter(1 << 16);
    }
    try {
      write(message, frame.reset(reserved));
    } catch (RunnerException e) {
      if (!(message instanceof ToRunner.Work work) || !work.set()) {
        throw e;
      }
      // A set that R cannot hold is a set at which the program fails, as at any other.
      frame.reset(reserved).list(4).value("unfit").value(work.id());
      frame.value(Math.max(0, work.batch().size() - 1)).value(e.getMessage());
    }
    return frame;
  }

  private static void write(ToRunner message, RWriter out) {
    if (message instanceof ToRunner.Work work) {
      write(work, out);
    } else if (message instanceof ToRunner.Grant grant) {
      out.list(6).value("grant").value(grant.request());
      write(grant.item(), out);
      out.value(grant.exclusive()).value(grant.present());
      out.value(grant.item().isWholePool() && grant.value() == null ? Map.of() : grant.value());
    } else if (message instanceof ToRunner.Recall recall) {
      out.list(2).value("recall");
      write(recall.item(), out);
    } else if (message instanceof ToRunner.Sync sync) {
      out.list(2).value("sync").value(sync.epoch());
    } else if (message instanceof ToRunner.Begin begin) {
      out.list(2).value("begin").value(begin.overlay());
    } else if (message instanceof ToRunner.Refuse refuse) {
      out.list(3).value("refuse").value(refuse.request()).value(refuse.message());
    } else if (message instanceof ToRunner.End) {
      out.list(1).value("end");
    } else if (message instanceof ToRunner.Where) {
      out.list(1).value("where");
    } else {
      throw new IllegalArgumentException("a message without a form: " + message);
    }
  }

  private static void write(ToRunner.Work work, RWriter out) {
    Batch batch = work.batch();
    int size = batch.size();
    out.list(8).value("work").value(work.id()).value(work.slot());
    long first = size == 0 ? 1 : batch.sequence(0);
    out.value(first);
    boolean consecutive = true;
    for (int i = 1; i < size && consecutive; i++) {
      consecutive = batch.sequence(i) == first + i;
    }
    if (consecutive) {
      out.value(null);
    } else {
      out.list(size);
      for (int i = 0; i < size; i++) {
        out.value(batch.sequence(i));
      }
    }
    out.value(work.set()).value(size);
    if (work.set()) {
      out.set(batch);
    } else {
      out.records(batch);
    }
  }

  private static void write(Item item, RWriter out) {
    out.list(2).value(item.pool()).value(item.name());
  }

  @Override
  public FromRunner read(byte[] bytes) {
    try {
      var in = new RReader(bytes);
      int parts = in.head();
      var kind = (String) in.value();
      var message =
          switch (kind) {
            case "ready" -> new FromRunner.Ready(number(in.value()), (String) in.value());
            case "begun" -> new FromRunner.Begun(outputs(in));
            case "done" -> new FromRunner.Done(number(in.value()), outputs(in), failures(in));
            case "ended" -> new FromRunner.Ended(outputs(in));
            case "failed" ->
                new FromRunner.Failed(
                    (String) in.value(),
                    number(in.value()),
                    Math.toIntExact(number(in.value())),
                    (String) in.value(),
                    (String) in.value());
            case "need" ->
                new FromRunner.Need(
                    number(in.value()),
                    Messages.item(in.value()),
                    (Boolean) in.value(),
                    Messages.items(in.value()),
                    (Boolean) in.value());
            case "back" ->
                new FromRunner.Back(Messages.items(in.value()), Messages.changes(in.value()));
            case "synced" ->
                new FromRunner.Synced(number(in.value()), Messages.changes(in.value()));
            case "stack" -> new FromRunner.Stack((String) in.value());
            default ->
                throw new RunnerException(
                    "A runner sent a message of the unknown kind "
                        + kind
                        + " and "
                        + parts
                        + " parts.");
          };
      in.end();
      return message;
    } catch (ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException
        | ArithmeticException e) {
      throw new RunnerException("A runner sent a message that is not of its kind's form.", e);
    }
  }

  private static long number(Object part) {
    return (Long) part;
  }

  /** Values, slots or none when all are for slot 1, and the numbers of those that are sets. */
  private static Outputs outputs(RReader in) {
    var values = in.items();
    var slots = ints(in.items());
    var sets = ints(in.items());
    if (values.length == 0) {
      return Outputs.NONE;
    }
    if (sets.length == 0) {
      return new Outputs(values, slots.length == 0 ? null : slots);
    }
    var records = new ArrayList<Object>();
    var theirSlots = new ArrayList<Integer>();
    int next = 0;
    for (int i = 0; i < values.length; i++) {
      if (next < sets.length && sets[next] == i + 1) {
        next++;
        records.addAll(recordsOf(values[i]));
        records.add(Control.SET);
      } else {
        records.add(values[i]);
      }
      while (theirSlots.size() < records.size()) {
        theirSlots.add(slots.length == 0 ? 1 : slots[i]);
      }
    }
    return new Outputs(
        records.toArray(), theirSlots.stream().mapToInt(Integer::intValue).toArray());
  }

  /**
   * A matrix is a record for each row, which is the value itself where there is one column. A
   * data.frame comes as the number of its rows, the names of its columns, and its columns.
   */
  private static List<?> recordsOf(Object set) {
    var parts = (List<?>) set;
    if (parts.size() == 3 && parts.get(0) instanceof Long rows) {
      return rows(Math.toIntExact(rows), (List<?>) parts.get(1), (List<?>) parts.get(2));
    }
    return parts.stream()
        .map(row -> ((List<?>) row).size() == 1 ? ((List<?>) row).get(0) : row)
        .toList();
  }

  private static List<Object> rows(int count, List<?> names, List<?> columns) {
    var rows = new ArrayList<Object>(count);
    for (int i = 0; i < count; i++) {
      var row = new LinkedHashMap<String, Object>();
      for (int j = 0; j < names.size(); j++) {
        // A column of one row is its value.
        Object column = columns.get(j);
        row.put((String) names.get(j), column instanceof List<?> values ? values.get(i) : column);
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<FromRunner.Failure> failures(RReader in) {
    return Arrays.stream(in.items())
        .map(each -> (List<?>) each)
        .map(
            each ->
                new FromRunner.Failure(
                    Math.toIntExact(number(each.get(0))),
                    (String) each.get(1),
                    (String) each.get(2)))
        .toList();
  }

  private static int[] ints(Object[] items) {
    return Arrays.stream(items).mapToInt(n -> Math.toIntExact((Long) n)).toArray();
  }
}
