package peers;

import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.persistence.AbstractPersistentActor;
import org.apache.pekko.persistence.RecoveryCompleted;

/**
 * A persistent actor that folds the events of its journal, in LevelDB: {@code append|fold FOLDER
 * EVENTS [counter|last100|chat]}. Prints what it took, in seconds, and the answer.
 */
public class PekkoFold {

  private static final int PAGE = 10_000;

  public static void main(String[] args) throws Exception {
    var system =
        ActorSystem.create(
            "peer",
            ConfigFactory.parseString(
                    """
                    pekko.loglevel = OFF
                    pekko.stdout-loglevel = OFF
                    pekko.persistence.journal.plugin = "pekko.persistence.journal.leveldb"
                    pekko.persistence.journal.leveldb.dir = "%s"
                    pekko.persistence.snapshot-store.plugin = "pekko.persistence.no-snapshot-store"
                    """
                        .formatted(args[1]))
                .withFallback(ConfigFactory.load()));
    int count = Integer.parseInt(args[2]);
    var done = new CompletableFuture<Integer>();
    long began = System.nanoTime();
    if (args[0].equals("append")) {
      system
          .actorOf(Props.create(Writer.class, () -> new Writer(count, done)))
          .tell("go", org.apache.pekko.actor.ActorRef.noSender());
    } else {
      system.actorOf(Props.create(Folder.class, () -> new Folder(args[3], done)));
    }
    int answer = done.get();
    System.out.println((System.nanoTime() - began) / 1e9 + " " + answer);
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().get();
  }

  /** Appends messages, a page a commit. */
  private static final class Writer extends AbstractPersistentActor {
    private final int count;
    private final CompletableFuture<Integer> done;
    private int written;

    Writer(int count, CompletableFuture<Integer> done) {
      this.count = count;
      this.done = done;
    }

    @Override
    public String persistenceId() {
      return "bench";
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder().matchAny(message -> page()).build();
    }

    private void page() {
      var page = new ArrayList<String>();
      for (int i = written; i < Math.min(count, written + PAGE); i++) {
        page.add("message number " + i);
      }
      int end = written + page.size();
      persistAll(
          page,
          event -> {
            if (++written == count) {
              done.complete(written);
            } else if (written == end) {
              getSelf().tell("next", getSelf());
            }
          });
    }

    @Override
    public Receive createReceiveRecover() {
      return receiveBuilder().build();
    }
  }

  /** Folds what is there, from the first event. */
  private static final class Folder extends AbstractPersistentActor {
    private final String kind;
    private final CompletableFuture<Integer> done;
    private final List<String> messages = new ArrayList<>();
    private int counter;

    Folder(String kind, CompletableFuture<Integer> done) {
      this.kind = kind;
      this.done = done;
    }

    @Override
    public String persistenceId() {
      return "bench";
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder().build();
    }

    @Override
    public Receive createReceiveRecover() {
      return receiveBuilder()
          .match(String.class, this::fold)
          .match(RecoveryCompleted.class, end -> done.complete(answer()))
          .build();
    }

    private void fold(String message) {
      if (kind.equals("counter")) {
        counter++;
        return;
      }
      messages.add(message);
      if (kind.equals("last100") && messages.size() > 100) {
        messages.remove(0);
      }
    }

    private int answer() {
      return kind.equals("counter") ? counter : messages.size();
    }
  }
}
