package dev.weir.pond;

import java.util.Arrays;
import java.util.List;

/**
 * An event that is to be appended.
 *
 * @param tags under which it is found
 * @param payload the text of one JSON value
 */
public record Draft(List<String> tags, String payload) {

  public Draft {
    tags = List.copyOf(tags);
  }

  /** A draft whose payload is a JSON text. */
  public static Draft of(String payload, String... tags) {
    return new Draft(Arrays.asList(tags), payload);
  }

  /** A draft whose payload is written by a codec. */
  public static <E> Draft of(Codec<? super E> codec, E payload, String... tags) {
    return new Draft(Arrays.asList(tags), codec.write(payload));
  }
}
