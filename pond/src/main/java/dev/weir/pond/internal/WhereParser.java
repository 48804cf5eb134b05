package dev.weir.pond.internal;

import dev.weir.pond.BadQueryException;
import dev.weir.pond.Where;

/** Reads the text of a {@link Where}: alternatives of conjunctions, with parentheses. */
public final class WhereParser {

  private static final int DEEPEST = 100;

  private final String text;
  private int at;
  private int depth;

  private WhereParser(String text) {
    this.text = text;
  }

  public static Where parse(String text) {
    var parser = new WhereParser(text);
    var where = parser.either();
    if (parser.peek() != 0) {
      throw parser.bad("nothing more is expected here");
    }
    return where;
  }

  private Where either() {
    var where = both();
    while (take('|')) {
      where = where.or(both());
    }
    return where;
  }

  private Where both() {
    var where = one();
    while (take('&')) {
      where = where.and(one());
    }
    return where;
  }

  private Where one() {
    char c = peek();
    if (c == '(') {
      if (++depth > DEEPEST) {
        throw bad("the parentheses are too deep");
      }
      at++;
      var inner = either();
      if (!take(')')) {
        throw bad("a ) is missing");
      }
      depth--;
      return inner;
    }
    if (c == '\'') {
      return Where.tags(quoted());
    }
    int start = at;
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
    var word = text.substring(start, at);
    return switch (word) {
      case "" -> throw bad("a tag is missing");
      case "isLocal" -> Where.allEvents().local();
      case "allEvents" -> Where.allEvents();
      default -> Where.tags(word);
    };
  }

  private String quoted() {
    var tag = new StringBuilder();
    for (at++; at < text.length(); at++) {
      if (text.charAt(at) == '\'') {
        if (at + 1 == text.length() || text.charAt(at + 1) != '\'') {
          at++;
          return tag.toString();
        }
        at++;
      }
      tag.append(text.charAt(at));
    }
    throw bad("a closing ' is missing");
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || "_-:./@#+".indexOf(c) >= 0;
  }

  /** The next character after white space; 0 at the end. */
  private char peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean take(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  private BadQueryException bad(String what) {
    return new BadQueryException(
        "the query %s cannot be read at character %d: %s. Write tags like 'a' & 'b' | 'c' & isLocal"
            .formatted(text, at + 1, what));
  }
}
