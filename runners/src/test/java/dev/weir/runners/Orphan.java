package dev.weir.runners;

import dev.weir.graph.Batch;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A process that has a busy runner, for a test that kills it. */
final class Orphan {

  private Orphan() {}

  public static void main(String[] arguments) throws InterruptedException {
    var busy = new CountDownLatch(1);
    var runner =
        Conversation.start(
            ProgramSpec.of(Path.of(arguments[0])),
            new Runner.Listener() {
              @Override
              public void heard(FromRunner message) {}

              @Override
              public void printed(String line) {
                busy.countDown();
              }
            });
    runner.send(new ToRunner.Work(1, 0, false, Batch.of(1, 1L)));
    busy.await();
    System.out.println(runner.pid());
    Thread.sleep(Long.MAX_VALUE);
  }
}
