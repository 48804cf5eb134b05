package dev.weir.runners;

import dev.weir.graph.Batch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Several runners and one cell, leased first come, first served: as little of a lease table as will
 * do. Each runner is kept two frames ahead.
 */
final class OneCell implements AutoCloseable {

  private final List<Runner> runners = new ArrayList<>();
  private final ArrayDeque<Ask> waiting = new ArrayDeque<>();
  private final int[] sent;
  private final int frames;
  private final IntFunction<Batch> batches;
  private final CountDownLatch ready;
  private final CountDownLatch done;
  private Object value = 0L;
  private int holder = -1;
  private int handOvers;
  private String trouble;

  private record Ask(int runner, FromRunner.Need need) {}

  /** Each runner gets this many frames. */
  OneCell(ProgramSpec program, int count, int frames, IntFunction<Batch> batches) {
    this.frames = frames;
    this.batches = batches;
    sent = new int[count];
    ready = new CountDownLatch(count);
    done = new CountDownLatch(count * frames);
    for (int i = 0; i < count; i++) {
      int number = i;
      synchronized (this) {
        runners.add(
            Conversation.start(
                program,
                new Runner.Listener() {
                  @Override
                  public void heard(FromRunner message) {
                    hear(number, message);
                  }

                  @Override
                  public void printed(String line) {
                    System.out.println(line);
                  }
                }));
      }
    }
  }

  void awaitReady() throws InterruptedException {
    if (!ready.await(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("not ready: " + trouble);
    }
  }

  /** Runs all frames and gives the value of the cell at the end. */
  Object run() throws InterruptedException {
    for (int i = 0; i < sent.length; i++) {
      next(i);
      next(i);
    }
    if (!done.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(done.getCount() + " frames are not done: " + trouble);
    }
    synchronized (this) {
      if (holder >= 0) {
        runners.get(holder).send(new ToRunner.Recall(Item.cell("counter")));
        while (holder >= 0) {
          wait();
        }
      }
      return value;
    }
  }

  int handOvers() {
    return handOvers;
  }

  private void next(int runner) {
    int number;
    synchronized (this) {
      if (sent[runner] == frames) {
        return;
      }
      number = sent[runner]++;
    }
    runners.get(runner).send(new ToRunner.Work(number, 0, false, batches.apply(number)));
  }

  private void hear(int runner, FromRunner message) {
    if (message instanceof FromRunner.Ready) {
      ready.countDown();
    } else if (message instanceof FromRunner.Done) {
      done.countDown();
      next(runner);
    } else if (message instanceof FromRunner.Need need) {
      need(runner, need);
    } else if (message instanceof FromRunner.Back back) {
      back(runner, back);
    } else {
      trouble = message.toString();
    }
  }

  private synchronized void need(int runner, FromRunner.Need need) {
    boolean first = waiting.isEmpty();
    waiting.add(new Ask(runner, need));
    if (holder < 0) {
      grant();
    } else if (first) {
      runners.get(holder).send(new ToRunner.Recall(need.item()));
    }
  }

  private synchronized void back(int runner, FromRunner.Back back) {
    if (runner != holder) {
      trouble = "given back by who does not hold it: " + back;
      return;
    }
    back.changes().forEach(change -> value = change.value());
    holder = -1;
    grant();
    notifyAll();
  }

  private void grant() {
    var ask = waiting.poll();
    if (ask == null) {
      return;
    }
    holder = ask.runner();
    handOvers++;
    runners
        .get(holder)
        .send(new ToRunner.Grant(ask.need().request(), ask.need().item(), true, true, value));
    if (!waiting.isEmpty()) {
      runners.get(holder).send(new ToRunner.Recall(ask.need().item()));
    }
  }

  @Override
  public void close() {
    runners.forEach(Runner::close);
  }
}
