package dev.weir.runners.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.runners.Change;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.Outputs;
import dev.weir.runners.RunnerException;
import dev.weir.runners.ToRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Messages as lists whose first item is their kind. The value of a cell or key that is a container
 * is sent packed: as the bytes of its marshalled form, so that a runner need not unpack what it is
 * not asked for.
 */
public final class Messages implements ChildProcess.Dialect {

  private static final int KEPT_BUFFER = 1 << 22;

  private final MarshalWriter packer = new MarshalWriter(256);
  private MarshalWriter frame = new MarshalWriter(1 << 16);

  @Override
  public GrowingBuffer write(ToRunner message, int reserved) {
    if (frame.size() > KEPT_BUFFER) {
      frame = new MarshalWriter(1 << 16);
    }
    write(message, frame.reset(reserved));
    return frame;
  }

  private void write(ToRunner message, MarshalWriter out) {
    if (message instanceof ToRunner.Work work) {
      write(work, out);
    } else if (message instanceof ToRunner.Grant grant) {
      out.list(6).value("grant").value(grant.request());
      write(grant.item(), out);
      out.value(grant.exclusive()).value(grant.present());
      if (grant.item().isWholePool()) {
        writeAll(grant.value(), out);
      } else {
        pack(grant.value(), out);
      }
    } else if (message instanceof ToRunner.Recall recall) {
      out.list(2).value("recall");
      write(recall.item(), out);
    } else if (message instanceof ToRunner.Sync sync) {
      out.list(2).value("sync").value(sync.epoch());
    } else if (message instanceof ToRunner.Begin begin) {
      out.list(2).value("begin").value(begin.overlay());
    } else if (message instanceof ToRunner.Refuse refuse) {
      out.list(3).value("refuse").value(refuse.request()).value(refuse.message());
    } else if (message instanceof ToRunner.Over over) {
      out.list(3).value("over").value(over.id()).value(over.slot());
    } else if (message instanceof ToRunner.End) {
      out.list(1).value("end");
    } else if (message instanceof ToRunner.Where) {
      out.list(1).value("where");
    } else {
      throw new IllegalArgumentException("a message without a form: " + message);
    }
  }

  private static void write(ToRunner.Work work, MarshalWriter out) {
    Batch batch = work.batch();
    int size = batch.size();
    out.list(7).value("work").value(work.id()).value(work.slot());
    out.value(size == 0 ? 1 : batch.sequence(0));
    boolean consecutive = true;
    for (int i = 1; i < size && consecutive; i++) {
      consecutive = batch.sequence(i) == batch.sequence(0) + i;
    }
    if (consecutive) {
      out.value(null);
    } else {
      out.list(size);
      for (int i = 0; i < size; i++) {
        out.value(batch.sequence(i));
      }
    }
    out.list(size);
    for (int i = 0; i < size; i++) {
      out.value(batch.get(i));
    }
    out.value(work.set());
  }

  private static void write(Item item, MarshalWriter out) {
    out.list(2).value(item.pool()).value(item.name());
  }

  private void writeAll(Object keys, MarshalWriter out) {
    var map = keys == null ? Map.of() : (Map<?, ?>) keys;
    out.beginMap();
    for (var entry : map.entrySet()) {
      out.value(entry.getKey());
      pack(entry.getValue(), out);
    }
    out.endMap();
  }

  private void pack(Object value, MarshalWriter out) {
    if (value instanceof Map || value instanceof List) {
      packer.reset(0).value(value);
      out.bytes(packer.buffer(), 0, packer.size());
    } else {
      out.value(value);
    }
  }

  @Override
  public FromRunner read(byte[] frame) {
    try {
      var parts = (List<?>) MarshalReader.read(frame);
      var kind = (String) parts.get(0);
      return switch (kind) {
        case "ready" -> new FromRunner.Ready(number(parts.get(1)), (String) parts.get(2));
        case "begun" -> new FromRunner.Begun(outputs(parts.get(1), parts.get(2)));
        case "done" ->
            new FromRunner.Done(
                number(parts.get(1)), outputs(parts.get(2), parts.get(3)), failures(parts.get(4)));
        case "wants" -> new FromRunner.Wants(Math.toIntExact(number(parts.get(1))));
        case "failed" ->
            new FromRunner.Failed(
                (String) parts.get(1),
                number(parts.get(2)),
                Math.toIntExact(number(parts.get(3))),
                (String) parts.get(4),
                (String) parts.get(5));
        case "need" ->
            new FromRunner.Need(
                number(parts.get(1)),
                item(parts.get(2)),
                (Boolean) parts.get(3),
                items(parts.get(4)),
                (Boolean) parts.get(5));
        case "back" -> new FromRunner.Back(items(parts.get(1)), changes(parts.get(2)));
        case "synced" -> new FromRunner.Synced(number(parts.get(1)), changes(parts.get(2)));
        case "ended" -> new FromRunner.Ended(outputs(parts.get(1), parts.get(2)));
        case "stack" -> new FromRunner.Stack((String) parts.get(1));
        default ->
            throw new RunnerException("A runner sent a message of the unknown kind " + kind + ".");
      };
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
      throw new RunnerException("A runner sent a message that is not of its kind's form.", e);
    }
  }

  private static long number(Object part) {
    return (Long) part;
  }

  private static Outputs outputs(Object values, Object slots) {
    var array = ((List<?>) values).toArray();
    if (array.length == 0) {
      return Outputs.NONE;
    }
    if (slots == null) {
      return new Outputs(array, null);
    }
    var numbers = new int[array.length];
    for (int i = 0; i < array.length; i++) {
      int slot = Math.toIntExact(number(((List<?>) slots).get(i)));
      numbers[i] = Math.abs(slot);
      if (slot < 0) {
        array[i] = Control.SET; // the end of a set
      }
    }
    return new Outputs(array, numbers);
  }

  private static List<FromRunner.Failure> failures(Object part) {
    return ((List<?>) part)
        .stream()
            .map(each -> (List<?>) each)
            .map(
                failure ->
                    new FromRunner.Failure(
                        Math.toIntExact(number(failure.get(0))),
                        (String) failure.get(1),
                        (String) failure.get(2)))
            .toList();
  }

  static Item item(Object part) {
    var pair = (List<?>) part;
    return new Item((String) pair.get(0), (String) pair.get(1));
  }

  static List<Item> items(Object part) {
    return ((List<?>) part).stream().map(Messages::item).toList();
  }

  static List<Change> changes(Object part) {
    var list = (List<?>) part;
    var changes = new ArrayList<Change>(list.size());
    for (var each : list) {
      var change = (List<?>) each;
      Object value = change.get(2);
      changes.add(
          new Change(
              item(change.get(0)),
              (Boolean) change.get(1),
              value instanceof byte[] packed ? MarshalReader.read(packed) : value));
    }
    return changes;
  }
}
