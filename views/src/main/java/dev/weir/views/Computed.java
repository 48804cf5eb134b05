package dev.weir.views;

import java.util.function.Function;

/** A column of a result's table that is computed from its rows. */
record Computed(String name, RowType<Object> type, Function<Object, Object> function) {}
