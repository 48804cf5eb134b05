package dev.weir.state;

import java.util.List;
import java.util.regex.Pattern;

/** Keeps passwords out of what people are shown. Stateless. */
public final class Secrets {

  private static final String HIDDEN = "$1***";
  private static final String WORDS = "(?i)((?:password|passwd|pwd|token)";

  /** Each with what stays as its first group. What names a secret, {@code secret://NAME}, stays. */
  private static final List<Pattern> PATTERNS =
      List.of(
          // A URL's USER:PASSWORD@; a password that holds an @ ends at the last one.
          Pattern.compile("(://[^/?#\\s:@\"]*:)[^\\s\"]*(?=@)"),
          // In a descriptor.
          Pattern.compile(WORDS + "\"\\s*:\\s*\")(?!secret://)(?:[^\"\\\\]|\\\\.)*"),
          // A parameter or a setting.
          Pattern.compile(WORDS + "\\s*=\\s*(?:\\\\?[\"'])?)(?!secret://)[^&;\"'\\\\\\s]+"));

  private Secrets() {}

  /** The text, with {@code ***} for each password in an address, a descriptor or a setting. */
  public static String hidden(String text) {
    var hidden = text;
    for (var pattern : PATTERNS) {
      hidden = pattern.matcher(hidden).replaceAll(HIDDEN);
    }
    return hidden;
  }
}
