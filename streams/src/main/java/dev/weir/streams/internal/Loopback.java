package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** The rule for whatever listens: on loopback, or elsewhere with a token. */
final class Loopback {

  static final String ADDRESS = "127.0.0.1";

  private Loopback() {}

  static void check(Descriptor d) {
    var address = d.settings().text("bind-to");
    try {
      if (!InetAddress.getByName(address).isLoopbackAddress() && !d.settings().has("token")) {
        throw new WeirException(
            "it would listen on "
                + address
                + " for everybody: give a token (\"token\":\"secret://NAME\"), or bind to "
                + ADDRESS);
      }
    } catch (UnknownHostException e) {
      throw new WeirException("there is no address '" + address + "' to listen on", e);
    }
  }

  static WeirException taken(String name, IOException e) {
    return new WeirException(
        name
            + " cannot listen: "
            + FileTrouble.reason(e)
            + ". Stop what uses the port, or name another one",
        e);
  }
}
