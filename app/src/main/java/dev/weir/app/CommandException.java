package dev.weir.app;

import dev.weir.state.WeirException;

/** What was asked for does not make sense as it stands: the command is wrong, not the program. */
public class CommandException extends WeirException {

  public CommandException(String message) {
    super(message);
  }

  public CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
