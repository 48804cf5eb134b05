package dev.weir.views;

/** Two rows that a join has brought together. A side without a match is null. */
public record Pair<L, R>(L left, R right) {}
