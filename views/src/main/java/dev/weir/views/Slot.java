package dev.weir.views;

/** Something that a {@link SlotTable} finds by a key. */
abstract class Slot {

  final Object key;

  /** What {@link SlotTable#hash} makes of the key. */
  final int hash;

  /** Whether the running step has changed it. */
  boolean touched;

  /** Whether it was looked at since the last time something had to leave memory. */
  boolean used;

  Slot(Object key, int hash) {
    this.key = key;
    this.hash = hash;
  }
}
