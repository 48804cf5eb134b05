package weir;

import dev.weir.state.WeirException;

/**
 * An update needed what another runner is updating, and that one needs what this one is updating.
 */
public class DeadlockException extends WeirException {

  public DeadlockException(String message) {
    super(message);
  }
}
