package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.graph.Rejection;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The slots of a model that are in use. Immutable.
 *
 * @param callbacks false for a model that reads its slots itself
 */
record Slots(List<Slot> all, boolean callbacks) {

  /**
   * A slot.
   *
   * @param check or null for none
   * @param set whether its records come in sets
   */
  record Slot(int number, SchemaCheck check, boolean set) {

    int port() {
      return number / 2;
    }

    /** The records that match the slot's schema; the others are told. */
    Batch admit(Batch batch, Consumer<Rejection> rejected) {
      if (check == null) {
        return batch;
      }
      int size = batch.size();
      int i = 0;
      while (i < size && check.accepts(batch.get(i)) && check.plain(batch.get(i)) == batch.get(i)) {
        i++;
      }
      if (i == size) {
        return batch;
      }
      var records = new Object[size];
      var sequences = new long[size];
      int kept = 0;
      for (int k = 0; k < size; k++) {
        var record = batch.get(k);
        if (k < i || check.accepts(record)) {
          records[kept] = check.plain(record);
          sequences[kept++] = batch.sequence(k);
        } else {
          rejected.accept(rejection(Rejection.Reason.SCHEMA, batch.sequence(k), record));
        }
      }
      return Batch.of(Arrays.copyOf(records, kept), Arrays.copyOf(sequences, kept));
    }

    /** Says that a record does not match the slot's schema. */
    Rejection rejection(Rejection.Reason reason, long sequence, Object record) {
      return new Rejection(
          reason, number, sequence, SchemaCheck.shown(record), record, check.explain(record), null);
    }
  }

  Slots {
    all = List.copyOf(all);
  }

  /** The slot of this number; null where it is not in use. */
  Slot of(int number) {
    return all.stream().filter(s -> s.number() == number).findFirst().orElse(null);
  }

  List<Slot> inputs() {
    return all.stream().filter(s -> s.number() % 2 == 0).toList();
  }

  List<Slot> outputs() {
    return all.stream().filter(s -> s.number() % 2 == 1).toList();
  }

  /** Whether input records may have to wait over a barrier. */
  boolean waiting() {
    return !callbacks || inputs().stream().anyMatch(Slot::set);
  }
}
