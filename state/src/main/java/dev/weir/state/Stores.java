package dev.weir.state;

import dev.weir.state.internal.StoreOpener;
import java.time.Clock;

/** Opens stores by their address. */
public final class Stores {

  private Stores() {}

  /**
   * Opens a store, creating it if it does not exist.
   *
   * @param url {@code memory:} (gone when closed), {@code sqlite:PATH} (created with its folder),
   *     or {@code postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME} (the schema, {@code
   *     weir} if none is named, is created)
   * @param clock gives the time of snapshots
   * @throws StoreException when it cannot be opened, or is of a newer {@link Store#FORMAT}
   */
  public static Store open(String url, Clock clock) {
    return StoreOpener.open(url, clock);
  }
}
