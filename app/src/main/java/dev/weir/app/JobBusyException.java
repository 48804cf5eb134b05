package dev.weir.app;

import dev.weir.state.WeirException;

/** Another process runs the job. */
public class JobBusyException extends WeirException {

  public JobBusyException(String message) {
    super(message);
  }
}
