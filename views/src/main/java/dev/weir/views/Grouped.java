package dev.weir.views;

/** What was made of the rows of one group. */
public record Grouped<K, V>(K key, V value) {}
