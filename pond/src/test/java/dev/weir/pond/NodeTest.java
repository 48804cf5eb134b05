package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.state.Stores;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two nodes that exchange events over HTTP. */
class NodeTest {

  private static final String TOKEN = "a secret of both";

  private final TestClock clock = new TestClock();
  private final EventLog here = EventLog.open(Stores.open("memory:", clock), "here", clock);
  private final EventLog there = EventLog.open(Stores.open("memory:", clock), "there", clock);
  private final NodeServer server =
      NodeServer.start(there, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), TOKEN);

  @AfterEach
  void close() {
    server.close();
    here.store().close();
    there.store().close();
  }

  private Medium medium(String token) {
    return new HttpMedium(URI.create("http://127.0.0.1:" + server.port()), token);
  }

  private static List<Event> events(EventLog log) {
    try (var view = log.view()) {
      return EventLogTest.all(view.after(Offsets.NONE, Where.allEvents()));
    }
  }

  @Test
  void bothHaveTheSameEventsAfterwards() {
    for (int i = 0; i < 1_300; i++) {
      here.append(Draft.of("{\"n\": " + i + ", \"text\": \"ä\\u20ac\\n\"}", "a tag", "'"));
      if (i % 3 == 0) {
        there.append(Draft.of("1.50", "b"));
      }
    }
    var result = Exchange.sync(here, medium(TOKEN));
    assertThat(result).isEqualTo(new Exchange.Result(434, 1_300, List.of()));
    assertThat(Exchange.sync(here, medium(TOKEN))).isEqualTo(new Exchange.Result(0, 0, List.of()));
    var ours = events(here);
    var theirs = events(there);
    assertThat(theirs).hasSameSizeAs(ours);
    for (int i = 0; i < ours.size(); i++) {
      assertThat(theirs.get(i).hasContentOf(ours.get(i))).isTrue();
      assertThat(theirs.get(i).local()).isEqualTo(theirs.get(i).stream().equals("there"));
    }
  }

  @Test
  void aWrongTokenIsRefused() {
    assertThatThrownBy(() -> Exchange.sync(here, medium("something else")))
        .isInstanceOf(PondException.class)
        .hasMessageContaining("401")
        .hasMessageContaining("token");
    assertThatThrownBy(() -> NodeServer.start(here, new InetSocketAddress(0), "short"))
        .isInstanceOf(PondException.class);
  }

  @Test
  void aNodeThatIsAwayIsNamed() {
    var gone = medium(TOKEN);
    server.close();
    assertThatThrownBy(() -> Exchange.sync(here, gone))
        .isInstanceOf(PondException.class)
        .hasMessageContaining("cannot be reached");
  }

  @Test
  void aCopiedIdentityIsFoundOut() {
    var copy = EventLog.open(Stores.open("memory:", clock), "there", clock);
    there.append(Draft.of("1"));
    copy.append(Draft.of("2"), Draft.of("3"));
    var refused = new ArrayList<String>();
    Exchange.sync(copy, medium(TOKEN)).refused().forEach(each -> refused.add(each.why()));
    assertThat(refused)
        .anySatisfy(why -> assertThat(why).contains("there/0", "two nodes write as there"))
        .anySatisfy(why -> assertThat(why).contains("there/1", "another node has its name"));
    assertThat(there.quarantined()).isNotEmpty();
    copy.store().close();
  }
}
