package dev.weir.operators.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Receipt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What became of the batches that were sent, for response callbacks. A message is answered once: as
 * refused by the first that refuses it, else as processed by the first that has processed it.
 * Thread-safe.
 */
public final class Responses {

  /** An answer: {@code problem} is null where all is well. */
  public record Answer(int port, long number, String problem) {}

  private final Deque<Answer> answers = new ArrayDeque<>();
  private final Runnable wake;
  private int open;
  private boolean wanted;

  /**
   * None.
   *
   * @param wake is called when there is something to read
   */
  public Responses(Runnable wake) {
    this.wake = wake;
  }

  /**
   * A receipt for a batch that is about to be sent.
   *
   * @param asked the numbers of its messages that want an answer even when all is well
   */
  public synchronized Receipt expect(int port, Batch sent, Set<Long> asked) {
    open++;
    return new Receipt() {
      private final Set<Long> unanswered = new HashSet<>(asked);
      private int left = sent.size();

      @Override
      public void processed(Batch batch) {
        boolean news;
        synchronized (Responses.this) {
          for (int i = 0; i < batch.size() && !unanswered.isEmpty(); i++) {
            if (unanswered.remove(batch.sequence(i))) {
              answers.add(new Answer(port, batch.sequence(i), null));
            }
          }
          if (left > 0 && (left -= batch.size()) <= 0) {
            open--;
          }
          news = !answers.isEmpty() || (wanted && open == 0);
          Responses.this.notifyAll();
        }
        if (news) {
          wake.run();
        }
      }

      @Override
      public void refused(long number, String why) {
        synchronized (Responses.this) {
          unanswered.remove(number);
          answers.add(new Answer(port, number, why));
          Responses.this.notifyAll();
        }
        wake.run();
      }
    };
  }

  /** All answers so far. */
  public synchronized List<Answer> take() {
    var taken = new ArrayList<>(answers);
    answers.clear();
    return taken;
  }

  /**
   * Whether every batch has been processed and every answer been taken. Where it is not so, the
   * caller is woken when it may be.
   */
  public synchronized boolean settled() {
    wanted = true;
    return open == 0 && answers.isEmpty();
  }

  /** Waits until there is an answer, or nothing more to wait for. */
  public synchronized void await() throws InterruptedException {
    while (open > 0 && answers.isEmpty()) {
      wait();
    }
  }
}
