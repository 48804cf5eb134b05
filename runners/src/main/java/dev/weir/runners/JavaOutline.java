package dev.weir.runners;

import java.util.List;
import java.util.Set;

/**
 * What a Java model looks like without having been run.
 *
 * @param functions which of {@code begin}, {@code action} and {@code end} its class has
 * @param parameters how many parameters {@code action} takes, or 0 where there is none
 * @param lost the fields that are assigned, or filled: they are of one runner, are not shared and
 *     do not survive it
 */
public record JavaOutline(Set<String> functions, int parameters, List<String> lost) {}
