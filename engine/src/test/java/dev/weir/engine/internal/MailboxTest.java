package dev.weir.engine.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MailboxTest {

  private static Message.Records large() {
    var batch = Batch.of(1, "x".repeat(10 << 20), "y");
    return new Message.Records(0, batch, Sizes.of(batch));
  }

  @Test
  @DisplayName("72: who sends large records waits when few are waiting, whatever the room for more")
  void theBytesThatWaitAreBounded() throws Exception {
    var mailbox = new Mailbox(1, 100, Threads.REAL);
    var sent = new java.util.concurrent.atomic.AtomicInteger();
    var sender =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int i = 0; i < 20; i++) {
                  mailbox.put(0, large());
                  sent.incrementAndGet();
                }
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    long most = 0;
    for (int taken = 0; taken < 20; taken++) {
      assertThat(mailbox.take()).isInstanceOf(Mailbox.Delivery.class);
      most = Math.max(most, mailbox.bytes(0));
    }
    sender.join();
    assertThat(most).isLessThanOrEqualTo(32L << 20);
    assertThat(mailbox.bytes(0)).isZero();
    assertThat(sent).hasValue(20);
  }

  @Test
  void oneMessageAlwaysHasRoom() throws Exception {
    var mailbox = new Mailbox(2, 4, Threads.REAL);
    mailbox.put(1, new Message.Records(0, Batch.of(1, "x"), 1L << 40));
    assertThat(mailbox.take()).isInstanceOf(Mailbox.Delivery.class);
  }

  @Test
  void betweenTwoWakeUpsAnInputHasItsTurn() throws Exception {
    var mailbox = new Mailbox(2, 4, Threads.REAL);
    for (int i = 0; i < 2; i++) {
      mailbox.put(0, new Message.End());
      mailbox.put(1, new Message.End());
    }
    var taken = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      mailbox.wake();
      taken.append(mailbox.take() instanceof Mailbox.Delivery d ? "" + d.input() : "w");
    }
    assertThat(taken).as("the inputs in turn, and no more of them").hasToString("w0w1w0w1w");
    mailbox.wake();
    assertThat(mailbox.take()).as("no input has anything").isInstanceOf(Mailbox.Wake.class);

    mailbox.put(0, new Message.End());
    mailbox.hold(0);
    mailbox.wake();
    assertThat(mailbox.take()).as("a held input has no turn").isInstanceOf(Mailbox.Wake.class);
    mailbox.release();
    mailbox.wake();
    assertThat(mailbox.take()).isInstanceOf(Mailbox.Delivery.class);
  }

  @Test
  void sizesAreAboutRight() {
    assertThat(Sizes.of(Batch.of(1, 1L, 2L, 3L))).isBetween(3 * 16L, 3 * 64L);
    var text = "x".repeat(1000);
    assertThat(Sizes.of(Batch.of(1, text, text))).isBetween(2000L, 2500L);
    var list = java.util.Collections.nCopies(10_000, text);
    assertThat(Sizes.of(Batch.of(1, list))).isBetween(10_000_000L, 12_000_000L);
    assertThat(Sizes.of(Batch.of(1, Map.of("a", List.of(text, text))))).isBetween(2000L, 3000L);
    assertThat(Sizes.of(Batch.of(1))).isZero();
  }
}
