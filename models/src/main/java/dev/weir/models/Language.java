package dev.weir.models;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A language that models are written in. What runs a model of a language is not of this room: see
 * {@link RunnerFactory}.
 */
@SuppressWarnings("ImmutableEnumChecker") // List.of cannot be changed
public enum Language {
  PYTHON("Python", List.of(".py", ".py3"), "#"),
  R("R", List.of(".R"), "#"),
  JAVA("Java", List.of(".java"), "//");

  private final String title;
  private final List<String> endings;
  private final String comment;

  Language(String title, List<String> endings, String comment) {
    this.title = title;
    this.endings = endings;
    this.comment = comment;
  }

  /** As written in messages. */
  public String title() {
    return title;
  }

  /** What begins a comment that takes a whole line. */
  public String comment() {
    return comment;
  }

  /** The language of a file, by the ending of its name. */
  public static Optional<Language> of(Path file) {
    var name = file.getFileName() == null ? "" : file.getFileName().toString();
    var lower = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(
            language ->
                language.endings.stream()
                    .anyMatch(ending -> lower.endsWith(ending.toLowerCase(Locale.ROOT))))
        .findFirst();
  }

  /** {@code Python (.py), R (.R), Java (.java)}. */
  static String known() {
    return Arrays.stream(values())
        .map(language -> language.title + " (" + language.endings.get(0) + ")")
        .collect(Collectors.joining(", "));
  }
}
