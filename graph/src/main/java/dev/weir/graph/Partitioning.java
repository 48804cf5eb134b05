package dev.weir.graph;

import java.util.List;
import java.util.Map;

/** How records are dealt to the replicas of an operator. Control records go to all. */
public sealed interface Partitioning {

  /** In turn, record by record. */
  Partitioning ROUND_ROBIN = new RoundRobin();

  /** In turn, record by record: which replica gets a record says nothing about it. */
  record RoundRobin() implements Partitioning {}

  /**
   * Records of one key go to one replica, in order.
   *
   * @param describe the key for people, such as the path of a field
   */
  record ByKey(String describe, Key key) implements Partitioning {}

  /** Says what the key of a record is. Must be thread-safe, and the same for the same record. */
  @FunctionalInterface
  interface Key {
    /**
     * The key of a record of an input port: any JSON value.
     *
     * @throws RuntimeException when the record has none; fails the run
     */
    Object of(int port, Object record);
  }

  /** By a key that a function finds. */
  static Partitioning byKey(String describe, Key key) {
    return new ByKey(describe, key);
  }

  /**
   * By a field: {@code customer.id} is the field {@code id} of the object in the field {@code
   * customer}. Records without it have the key null.
   */
  static Partitioning byField(String path) {
    var names = List.of(path.split("\\.", -1));
    return new ByKey(
        path,
        (port, record) -> {
          var value = record;
          for (var name : names) {
            value = value instanceof Map<?, ?> map ? map.get(name) : null;
          }
          return value;
        });
  }
}
