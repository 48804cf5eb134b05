package dev.weir.views;

/** A row of a state with its weight, and what it was before the running step. */
final class Entry {

  final Object row;
  long weight;

  /** The number of the row in its table; zero if it has none. */
  long id;

  /** The weight before the running step, if it is touched. */
  long before;

  boolean touched;

  /** Where it is in its bucket. */
  int place;

  final Bucket bucket;

  Entry(Object row, Bucket bucket) {
    this.row = row;
    this.bucket = bucket;
  }
}
