package dev.weir.views;

/** What rows of a record that were kept before it had a component have there. */
record Added(Class<?> type, String component, Object value) {

  /** Where nothing is said of a column. */
  static final Object UNKNOWN = new Object();
}
