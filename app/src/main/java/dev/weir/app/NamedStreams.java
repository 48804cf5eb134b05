package dev.weir.app;

import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.util.function.Supplier;

/** Streams that a command names: where one cannot be what it is named for, the command is wrong. */
final class NamedStreams {

  private NamedStreams() {}

  /**
   * As {@link Streams#parse}.
   *
   * @throws CommandException when it names no stream, or its descriptor breaks a rule
   */
  static StreamSpec parse(String text) {
    return checked("", () -> Streams.parse(text));
  }

  /**
   * What can be found out of a stream before anything runs.
   *
   * @param where what a message begins with
   * @throws CommandException when it breaks a rule
   */
  static <T> T checked(String where, Supplier<T> look) {
    try {
      return look.get();
    } catch (CommandException e) {
      throw e;
    } catch (WeirException e) {
      throw new CommandException(where + e.getMessage(), e);
    }
  }
}
