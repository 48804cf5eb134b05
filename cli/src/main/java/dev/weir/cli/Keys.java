package dev.weir.cli;

import java.time.Duration;

/** Somebody who may have seen enough. */
interface Keys {

  /** Nobody. */
  Keys NONE =
      time -> {
        Thread.sleep(time.toMillis());
        return false;
      };

  /** Waits this long, or until somebody wants to leave; whether somebody does. */
  boolean quit(Duration time) throws Exception;
}
