package dev.weir.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What happens to records that cannot be used.
 *
 * @param goOn whether a record at which the program raises is dropped, and the next one taken;
 *     otherwise it fails the run
 * @param deadLetters the stream that such records go to
 * @param rejects the stream that records go to which do not decode or match their schema
 */
public record ErrorPolicy(boolean goOn, Optional<String> deadLetters, Optional<String> rejects) {

  /** A failure fails the run; rejects are counted. */
  public static final ErrorPolicy FAIL = new ErrorPolicy(false, Optional.empty(), Optional.empty());

  private static final String DEAD_LETTER = "dead-letter";

  /**
   * As it is written on a command line.
   *
   * @param onError {@code fail}, {@code skip}, {@code dead-letter:STREAM}, or {@code dead-letter}
   *     where {@code deadLetter} is the stream
   * @param deadLetter or null
   * @param rejects or null
   * @throws CommandException when it is something else
   */
  public static ErrorPolicy parse(String onError, String deadLetter, String rejects) {
    var stream = Optional.ofNullable(deadLetter);
    var rest = Optional.ofNullable(rejects);
    if (onError.startsWith(DEAD_LETTER + ":") && stream.isEmpty()) {
      return new ErrorPolicy(true, Optional.of(onError.substring(DEAD_LETTER.length() + 1)), rest);
    }
    if (onError.equals(DEAD_LETTER) && stream.isPresent()) {
      return new ErrorPolicy(true, stream, rest);
    }
    if (stream.isPresent()) {
      throw new CommandException("--dead-letter is for --on-error dead-letter");
    }
    return switch (onError) {
      case "fail" -> new ErrorPolicy(false, stream, rest);
      case "skip" -> new ErrorPolicy(true, stream, rest);
      case DEAD_LETTER ->
          throw new CommandException(
              "--on-error dead-letter needs a stream: --on-error dead-letter:failed.jsonl");
      default ->
          throw new CommandException(
              "--on-error is fail, skip or dead-letter:STREAM, not '" + onError + "'");
    };
  }

  /** {@code fail}, {@code skip} or {@code dead-letter}. */
  public String onError() {
    return goOn ? (deadLetters.isPresent() ? DEAD_LETTER : "skip") : "fail";
  }

  /** As a JSON value. */
  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("onError", onError());
    deadLetters.ifPresent(stream -> json.put("deadLetters", stream));
    rejects.ifPresent(stream -> json.put("rejects", stream));
    return json;
  }

  /** What {@link #toJson} wrote; null from a job of an older version. */
  static ErrorPolicy fromJson(Object json) {
    return json instanceof Map<?, ?> map
        ? parse(
            (String) map.get("onError"),
            (String) map.get("deadLetters"),
            (String) map.get("rejects"))
        : FAIL;
  }
}
