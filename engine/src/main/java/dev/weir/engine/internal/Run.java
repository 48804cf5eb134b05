package dev.weir.engine.internal;

import dev.weir.engine.Job;
import dev.weir.engine.JobRun;
import dev.weir.engine.JobSpec;
import dev.weir.engine.JobStatus;
import dev.weir.engine.Jobs;
import dev.weir.engine.Requests;
import dev.weir.engine.Requests.Request;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunFailedException;
import dev.weir.engine.RunListener;
import dev.weir.engine.internal.Event.Contribution;
import dev.weir.graph.Graph.Connection;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Json;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.Partitioning;
import dev.weir.graph.Sink;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Table;
import dev.weir.state.WeirException;
import dev.weir.state.Writer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One uninterrupted execution of a job: starts the tasks, sends barriers, gathers what each node
 * adds to an epoch, and has it committed.
 *
 * <p>Invariants, with <i>issued</i> the last epoch whose barrier was sent and <i>committed</i> the
 * last durable one: committed &le; issued &le; committed + 1; an epoch is committed when every node
 * has passed its barrier, and never otherwise; nothing is sent after the barrier of the last epoch.
 *
 * <p>All fields but those marked are used by the coordinator only, the thread that calls {@link
 * #execute}.
 */
public final class Run {

  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long PROGRESS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final String NO_EPOCHS =
      "its graph keeps no epochs (epoch: none), so it could not go on from there; weir job stop ends"
          + " it as its input's end does";

  /** How long a commit or a snapshot may go on when the run has failed. */
  private static final long LONGEST_END = TimeUnit.MINUTES.toNanos(1);

  private final Store store;
  private final JobSpec spec;
  private final Start start;
  private final Optional<Job> before;
  private final Clock clock;
  private final LongSupplier nanos;
  private final RunListener listener;
  private final RunControl control;
  private final Threads threads;
  private final Writer writer;
  private final RequestDesk desk;
  private final Figures figures = new Figures();

  private final WaitingQueue<Event> events;
  private final Map<String, SourceTask> sources = new LinkedHashMap<>();

  /** By the names of the tasks: a replica is one. */
  private final Map<String, OperatorTask> operators = new LinkedHashMap<>();

  private final Map<String, SinkTask> sinks = new LinkedHashMap<>();

  /** The tasks of each node, in the order of the graph; not changed once all are there. */
  private final Map<String, List<Task>> replicas = new LinkedHashMap<>();

  /** The node of each task. */
  private final Map<String, String> nodes = new HashMap<>();

  private final List<Wire> wires = new ArrayList<>();
  private final Desk committer;
  private final Desk snapshotter;

  private final Instant started;
  private JobRun book;
  private long committed;
  private long issued;
  private boolean hasCommitted;
  private boolean flowing;
  private Optional<JobStatus> ending = Optional.empty();
  private Optional<JobStatus> last = Optional.empty();
  private boolean done;
  private Map<String, Contribution> passed = new HashMap<>();
  private final Set<String> ended = new HashSet<>();

  /** The operators that take no more records. */
  private final Set<String> satisfied = new HashSet<>();

  private final Outboxes outboxes;
  private long activityAtIssue;
  private long issuedAt;

  /** When the barrier before the last one was sent: what came before is durable. */
  private long durableFrom;

  private long snapshotAt;
  private long progressAt;
  private boolean barrierAsked;

  /** Requests that have come and are not carried out yet: while it starts, none is. */
  private final List<Request> held = new ArrayList<>();

  private final List<Request> ends = new ArrayList<>();
  private final List<Request> snapshotsAsked = new ArrayList<>();

  public Run(
      Store store,
      JobSpec spec,
      Start start,
      Optional<Job> before,
      Clock clock,
      LongSupplier nanos,
      RunListener listener,
      RunControl control,
      Threads threads) {
    this.threads = threads;
    this.events = new WaitingQueue<>(threads);
    this.store = store;
    this.spec = spec;
    this.start = start;
    this.before = before;
    this.clock = clock;
    this.nanos = nanos;
    this.listener = listener;
    this.control = control;
    this.writer = store.claim(spec.name());
    this.desk = new RequestDesk(store, new Requests(store, clock), spec.name());
    this.started = clock.instant();
    this.committed = store.position(spec.name()).map(Store.Position::position).orElse(0L);
    this.issued = committed;
    this.outboxes =
        new Outboxes(store, spec, writer.run(), committed, start, listener, nanos, events, threads);
    this.committer = new Desk(threads, "weir-" + spec.name() + "-commit");
    this.snapshotter = new Desk(threads, "weir-" + spec.name() + "-snapshot");
  }

  /** The last durable epoch. */
  public long committed() {
    return committed;
  }

  /** Whether this run has committed anything. */
  public boolean hasCommitted() {
    return hasCommitted;
  }

  /** How the job has ended, if this run has committed its end. */
  public Optional<JobStatus> committedEnd() {
    return committed == issued ? last.filter(status -> !status.resumable()) : Optional.empty();
  }

  /**
   * Runs to the end.
   *
   * @param attempt which try it is, from 1
   * @param failures how many runs in a row have failed
   * @return how the job stands then
   * @throws RunFailedException when it fails; the store is at the last commit
   */
  public JobStatus execute(int attempt, int failures) throws InterruptedException {
    listener.started(writer.run(), start, committed, attempt);
    desk.open(started);
    try {
      book =
          RunBook.begin(
              store, spec.name(), writer.run(), start, attempt, failures, committed, started);
      outboxes.checkLeft(start == Start.FRESH);
      build();
      if (!open()) {
        stopTasks();
        desk.refuseAll("it was interrupted before it had begun");
        return JobStatus.INTERRUPTED;
      }
      begin();
      loop();
      finish();
      return last.orElseThrow();
    } catch (NodeFailedException failure) {
      throw failed(failure);
    } finally {
      abandon();
    }
  }

  /**
   * Instead of {@link #execute}: writes what the job's last run, which has ended, committed and did
   * not see published.
   *
   * @throws RunFailedException when it cannot be written; it stays in the store
   */
  public void deliver() throws InterruptedException {
    try {
      outboxes.deliverLeft();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception failure) {
      throw new RunFailedException(
          "job '"
              + spec.name()
              + "' had ended, but not all that it had committed was written: "
              + told(failure),
          failure,
          false);
    } finally {
      abandon();
    }
  }

  // Starting

  private void build() {
    var graph = spec.graph();
    var surroundings =
        new Task.Surroundings(spec.name(), start, store, listener, events, nanos, threads);
    graph
        .nodes()
        .forEach(
            (name, node) -> {
              int inputs = graph.into(name).stream().mapToInt(c -> replicas(c.from())).sum();
              if (node instanceof Node.SourceNode n) {
                var counts = new Counts(stats(name));
                add(
                    sources,
                    new SourceTask(name, n.source().get(), position(name), counts, surroundings));
              } else if (node instanceof Node.OperatorNode n) {
                for (int i = 0; i < n.replicas(); i++) {
                  var counts = new Counts(NodeFigures.share(stats(name), i, n.replicas()));
                  var operator = n.operator().get();
                  add(
                      operators,
                      new OperatorTask(
                          name,
                          i,
                          n.replicas(),
                          operator,
                          inputs,
                          committed,
                          counts,
                          surroundings));
                }
              } else if (node instanceof Node.SinkNode n) {
                var sink = n.sink().get();
                add(
                    sinks,
                    new SinkTask(
                        name,
                        sink,
                        position(name),
                        outboxes.courier(name, n, sink),
                        () -> outboxes.left(name),
                        inputs,
                        committed,
                        new Counts(stats(name)),
                        surroundings));
              }
            });
    graph.nodes().keySet().forEach(this::connect);
  }

  private <T extends Task> void add(Map<String, T> kind, T task) {
    kind.put(task.name, task);
    nodes.put(task.name, task.node);
    replicas.computeIfAbsent(task.node, node -> new ArrayList<>()).add(task);
  }

  /** Connects what leads to a node. */
  private void connect(String node) {
    var dealt =
        spec.graph().nodes().get(node) instanceof Node.OperatorNode operator
            ? operator.partitioning()
            : Partitioning.ROUND_ROBIN;
    int input = 0;
    for (Connection connection : spec.graph().into(node)) {
      var wire = new Wire(connection, replicas.get(connection.from()), replicas.get(node), input);
      wire.connect(dealt);
      wires.add(wire);
      input += wire.from().size();
    }
  }

  private int replicas(String node) {
    return spec.graph().nodes().get(node) instanceof Node.OperatorNode operator
        ? operator.replicas()
        : 1;
  }

  /** Opens every node; false when the run is asked to end before all are, which may take long. */
  private boolean open() throws InterruptedException {
    var opening = new HashSet<String>();
    for (var task : tasks()) {
      opening.add(task.name);
      task.launch();
    }
    while (!opening.isEmpty()) {
      var event = next();
      if (event instanceof Event.Opened opened) {
        opening.remove(opened.node());
      }
      if (control.interrupted() && !opening.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Begins downstream first, so that what an operator emits in begin() meets operators that are
   * ready.
   */
  private void begin() throws InterruptedException {
    if (start == Start.RESUMED) {
      warnOfWrittenAgain();
    }
    for (var operator : downstreamFirst()) {
      operator.tell(operator::begin);
      while (!(await() instanceof Event.Begun)) {
        // anything else that matters is thrown by await()
      }
    }
    issuedAt = nanos.getAsLong();
    snapshotAt = issuedAt;
    if (start == Start.RESUMED) {
      complete(committed);
    } else {
      issue(Optional.empty());
    }
    sources.values().forEach(source -> source.tell(() -> source.read(true)));
    flowing = true;
    operators.values().stream().filter(o -> stopping(o.node)).forEach(OperatorTask::stop);
  }

  /** After a snapshot was restored with its positions, which sinks cannot take back what came. */
  private void warnOfWrittenAgain() {
    var snapshot = before.map(job -> job.stats().get("restored"));
    for (var name : snapshot.isPresent() ? sinks.keySet() : Set.<String>of()) {
      var sink = (Node.SinkNode) spec.graph().nodes().get(name);
      if (sink.kind() == Sink.Kind.PLAIN || outboxes.has(name)) {
        listener.warn(
            name
                + ": what "
                + sink.describe()
                + " got after snapshot "
                + snapshot.get()
                + " was taken stays there, and comes a second time as the job goes on from it");
      }
    }
  }

  private List<OperatorTask> downstreamFirst() {
    var order = new LinkedHashSet<String>();
    replicas.keySet().forEach(node -> visit(node, order));
    return order.stream()
        .flatMap(node -> operators.values().stream().filter(o -> o.node.equals(node)))
        .toList();
  }

  private void visit(String node, Set<String> order) {
    if (!order.contains(node)) {
      spec.graph().outOf(node).forEach(c -> visit(c.to(), order));
      order.add(node);
    }
  }

  // Running

  private void loop() throws InterruptedException {
    while (!done) {
      handle(events.poll(TICK));
      for (var more = events.poll(); more != null; more = events.poll()) {
        handle(more);
      }
      if (control.interrupted() && ending.isEmpty()) {
        ending = Optional.of(JobStatus.INTERRUPTED);
      }
      look();
      held.forEach(this::carryOut);
      held.clear();
      issueIfDue();
      outboxes.watch();
      progress(false);
    }
  }

  private Event await() throws InterruptedException {
    while (true) {
      var event = next();
      if (event != null) {
        return event;
      }
    }
  }

  /** The next event, which has been handled; null when there is none for a while. */
  private Event next() throws InterruptedException {
    var event = events.poll(TICK);
    look();
    progress(false);
    if (event != null) {
      handle(event);
    }
    return event;
  }

  private void handle(Event event) {
    if (event instanceof Event.Failed failed) {
      if (!done) {
        throw new NodeFailedException(failed.node(), failed.failure());
      }
      listener.warn(failed.node() + ": " + told(failed.failure()) + " (all is committed)");
    } else if (event instanceof Event.Ended e) {
      ended.add(e.node());
    } else if (event instanceof Event.Enough e) {
      satisfied.add(e.node());
      endUnwanted();
    } else if (event instanceof Event.Stopped) {
      endInputs();
    } else if (event instanceof Event.Passed p) {
      passed.put(p.node(), p.contribution());
      if (passed.size() == tasks().size()) {
        figures.passed(nanos.getAsLong());
        commit();
      }
    } else if (event instanceof Event.Committed c) {
      committed(c);
    } else if (event instanceof Event.Published p) {
      outboxes.published(p);
      done = last.isPresent() && committed == issued && outboxes.isEmpty();
    } else if (event instanceof Event.Full) {
      barrierAsked = true;
    } else if (event instanceof Event.Answered a) {
      desk.keep(a);
      barrierAsked = true;
    } else if (event instanceof Event.Snapshotted s) {
      snapshotted(s);
    }
  }

  private void issueIfDue() {
    if (!flowing || issued > committed || last.isPresent() || !outboxes.haveRoom()) {
      return;
    }
    boolean allEnded = ended.size() == sources.size() + generators().size();
    long now = nanos.getAsLong();
    if (allEnded) {
      issue(Optional.of(ending.filter(e -> e == JobStatus.STOPPED).orElse(JobStatus.FINISHED)));
    } else if (ending.isPresent() && ending.get() != JobStatus.STOPPED) {
      issue(ending);
    } else if (barrierAsked || !snapshotsAsked.isEmpty()) {
      issue(Optional.empty());
    } else if (now - issuedAt >= spec.epoch().toNanos()) {
      if (activity() != activityAtIssue) {
        issue(Optional.empty());
      } else {
        issuedAt = now;
      }
    }
  }

  /** Sends the next barrier; with {@code status}, the last one. */
  private void issue(Optional<JobStatus> status) {
    issued++;
    long epoch = issued;
    last = status;
    durableFrom = issuedAt;
    issuedAt = nanos.getAsLong();
    figures.issued(issuedAt);
    activityAtIssue = activity();
    barrierAsked = false;
    passed = new HashMap<>();
    boolean isLast = status.isPresent();
    boolean ends = status.filter(s -> !s.resumable()).isPresent();
    sources.values().forEach(source -> source.tell(() -> source.barrier(epoch, isLast, ends)));
    generators().forEach(g -> g.tell(() -> g.inject(epoch, isLast, ends)));
  }

  private void commit() {
    long epoch = issued;
    var contributions = passed;
    var status = last;
    Optional<String> owed = owed(status);
    boolean due =
        spec.snapshots()
            .every()
            .filter(every -> nanos.getAsLong() - snapshotAt >= every.toNanos())
            .isPresent();
    boolean snapshot = status.isEmpty() && (due || !snapshotsAsked.isEmpty());
    var askers = snapshot ? snapshotsAsked.stream().map(Request::id).toList() : List.<String>of();
    if (snapshot) {
      snapshotsAsked.clear();
      snapshotAt = nanos.getAsLong();
    }
    boolean first = !hasCommitted;
    var ofRun = figures.ofRun(nanos.getAsLong());
    committer.execute(
        () -> {
          try {
            long began = nanos.getAsLong();
            writer.commit(epoch, commitOf(epoch, contributions, ofRun, status, owed, first));
            events.add(new Event.Committed(epoch, nanos.getAsLong() - began, contributions));
            if (snapshot) {
              var cut = store.read();
              snapshotter.execute(() -> takeSnapshot(cut, askers));
            }
          } catch (Throwable failure) {
            events.add(new Event.Failed(null, failure));
          }
        });
  }

  private Optional<String> owed(Optional<JobStatus> status) {
    if (status.isPresent() && status.get() == JobStatus.PAUSED) {
      return Optional.of(Snapshot.Why.PAUSE.word());
    }
    boolean ends =
        status.filter(s -> s == JobStatus.FINISHED || s == JobStatus.STOPPED).isPresent();
    return ends && spec.snapshots().atEnd()
        ? Optional.of(Snapshot.Why.EOF.word())
        : Optional.empty();
  }

  /** On the committer's thread. */
  private Commit commitOf(
      long epoch,
      Map<String, Contribution> contributions,
      Map<String, Object> ofRun,
      Optional<JobStatus> status,
      Optional<String> owed,
      boolean first) {
    var commit = Commit.builder();
    if (first && start == Start.FRESH) {
      store.tables().stream()
          .filter(table -> table.role() == Table.Role.STATE)
          .forEach(commit::clear);
    }
    if (first) {
      var none = new LinkedHashMap<String, Object>();
      JobTables.replacePositions(store, commit, spec.name(), none);
    }
    var stats = new LinkedHashMap<String, Object>();
    replicas.forEach(
        (node, tasks) ->
            stats.put(
                node,
                NodeFigures.of(
                    tasks.stream().map(t -> contributions.get(t.name).counts()).toList())));
    contributions.forEach(
        (name, contribution) -> {
          var node = nodes.get(name);
          if (contribution.position() != null) {
            JobTables.putPosition(commit, spec.name(), node, contribution.position());
          }
          contribution.tables().forEach(table -> table.into(commit, spec.name(), node));
          Outboxes.put(commit, spec.name(), node, epoch, contribution.output());
        });
    outboxes.settle(commit);
    status.ifPresent(
        s -> RunBook.end(commit, spec.name(), book, clock.instant(), s, Optional.empty()));
    JobTables.put(
        commit,
        new Job(
            spec.name(),
            status.orElse(JobStatus.RUNNING),
            spec.program(),
            spec.version(),
            epoch,
            writer.run(),
            started,
            clock.instant(),
            owed,
            spec.nodes(),
            spec.options(),
            Map.of(),
            figures(ofRun, stats),
            Optional.empty()));
    return commit.build();
  }

  private static Map<String, Object> figures(
      Map<String, Object> ofRun, Map<String, Object> ofNodes) {
    var stats = new LinkedHashMap<String, Object>();
    stats.put("run", ofRun);
    stats.put("nodes", ofNodes);
    return stats;
  }

  private void committed(Event.Committed event) {
    committed = event.epoch();
    hasCommitted = true;
    figures.committed(event.nanos());
    complete(committed);
    outboxes.committed(committed, event.contributions());
    desk.durable(committed);
    done = last.isPresent() && outboxes.isEmpty();
  }

  private void complete(long epoch) {
    sources.values().forEach(s -> s.tell(() -> s.complete(epoch)));
    operators.values().forEach(o -> o.tell(() -> o.complete(epoch)));
    sinks.values().forEach(s -> s.tell(() -> s.complete(epoch)));
  }

  // Snapshots

  /** On the snapshotter's thread. */
  private void takeSnapshot(Cut cut, List<String> askers) {
    try (cut) {
      var why = askers.isEmpty() ? Snapshot.Why.INTERVAL : Snapshot.Why.MANUAL;
      var positions = Json.toText(JobTables.positions(cut, spec.name()));
      var snapshot = store.snapshots().take(cut, spec.name(), why, spec.version(), positions);
      prune();
      events.add(new Event.Snapshotted(askers, snapshot, null));
    } catch (Throwable failure) {
      events.add(new Event.Snapshotted(askers, Optional.empty(), failure));
    }
  }

  private void prune() {
    if (spec.snapshots().keep() > 0) {
      store.snapshots().prune(spec.name(), spec.snapshots().keep());
    }
  }

  private void snapshotted(Event.Snapshotted event) {
    event.snapshot().ifPresent(figures::snapshot);
    event.snapshot().ifPresent(listener::snapshot);
    if (event.failure() != null) {
      listener.warn(
          "job '" + spec.name() + "': the snapshot was not taken: " + event.failure().getMessage());
    }
    for (var id : event.requests()) {
      if (event.failure() != null) {
        desk.reply(id, false, event.failure().getMessage());
      } else {
        desk.reply(id, true, event.snapshot().map(Snapshot::id).orElse(null));
      }
    }
  }

  // Requests

  /** Takes what has come; whoever asks only how it goes is answered at once. */
  private void look() {
    for (var request : desk.arrivals()) {
      if (request.verb().equals(Requests.FIGURES)) {
        desk.reply(request.id(), true, live());
      } else {
        held.add(request);
      }
    }
  }

  private void carryOut(Request request) {
    switch (request.verb()) {
      case "pause", "snapshot" -> keep(request);
      case "stop" -> {
        ending = Optional.of(JobStatus.STOPPED);
        ends.add(request);
        endInputs();
      }
      default -> pass(request);
    }
  }

  /** A request to keep what there is, so that something goes on from it. */
  private void keep(Request request) {
    if (spec.recovery().fromStart()) {
      desk.reply(request.id(), false, NO_EPOCHS);
    } else if (request.verb().equals("snapshot")) {
      snapshotsAsked.add(request);
    } else {
      ending = Optional.of(JobStatus.PAUSED);
      ends.add(request);
    }
  }

  /** Ends what leads only to operators that take no more. */
  private void endUnwanted() {
    sources.values().stream().filter(this::unwanted).forEach(s -> s.tell(s::end));
    generators().stream().filter(this::unwanted).forEach(g -> ended.add(g.name));
  }

  private boolean unwanted(Task task) {
    var takers =
        wires.stream()
            .filter(wire -> wire.from().contains(task) && wire.connection().outPort() >= 0)
            .flatMap(wire -> wire.to().stream())
            .toList();
    return !takers.isEmpty() && takers.stream().allMatch(t -> satisfied.contains(t.name));
  }

  /** Treats the inputs of the whole graph as ended. */
  private void endInputs() {
    sources.values().forEach(source -> source.tell(source::end));
    generators().forEach(generator -> ended.add(generator.name));
  }

  /** Hands a request to the operator that it names, or to the only one. */
  private void pass(Request request) {
    var named = request.arguments().get("operator");
    if (named == null && operators.size() == 1) {
      named = operators.keySet().iterator().next();
    }
    var operator = named == null ? null : operators.get(named.toString());
    if (operator == null) {
      desk.reply(
          request.id(),
          false,
          (named == null ? "name one of its operators" : "it has no operator '" + named + "'")
              + ": "
              + String.join(", ", operators.keySet()));
      return;
    }
    operator.tell(() -> operator.request(request));
  }

  // Ending

  private void finish() throws InterruptedException {
    tasks().forEach(task -> task.tell(task::leave));
    for (var task : tasks()) {
      task.join();
    }
    snapshotter.close();
    while (!snapshotter.join(TimeUnit.SECONDS.toNanos(1))) {
      look();
      progress(false);
    }
    for (var event = events.poll(); event != null; event = events.poll()) {
      handle(event);
    }
    outboxes.settleNow();
    Optional<Snapshot> owedSnapshot = Optional.empty();
    if (owed(last).isPresent()) {
      owedSnapshot = new Jobs(store).takeOwed(spec.name());
      owedSnapshot.ifPresent(listener::snapshot);
      prune();
    }
    var id = owedSnapshot.map(Snapshot::id).orElse(null);
    ends.forEach(request -> desk.reply(request.id(), true, id));
    snapshotsAsked.forEach(
        request -> desk.reply(request.id(), false, "it ended; take the snapshot now"));
    desk.refuseAll("it ended");
    progress(true);
  }

  private RunFailedException failed(NodeFailedException failure) {
    var cause = failure.getCause();
    var where =
        "job '"
            + spec.name()
            + "'"
            + (failure.node() == null ? "" : ", " + failure.node())
            + ", epoch "
            + (committed + 1)
            + ": ";
    var what = told(cause);
    var exception =
        new RunFailedException(where + what, cause, cause instanceof TransientFailureException);
    stopTasks();
    desk.refuseAll(where + what);
    recordFailure(exception);
    return exception;
  }

  private static String told(Throwable failure) {
    return failure instanceof WeirException ? failure.getMessage() : failure.toString();
  }

  private void recordFailure(RunFailedException failure) {
    if (committedEnd().isPresent()) {
      // What is left is only to be written to the targets; nothing is to be processed again.
      return;
    }
    try {
      var commit = Commit.builder();
      var why = failure.getMessage();
      RunBook.end(commit, spec.name(), book, clock.instant(), JobStatus.FAILED, Optional.of(why));
      if (!hasCommitted && before.filter(b -> b.epoch() > 0).isEmpty()) {
        JobTables.put(commit, neverCommitted(why));
        writer.commit(committed, commit.build());
      } else if (hasCommitted || before.get().status().resumable()) {
        JobTables.failed(store, commit, spec.name(), why);
        writer.commit(committed, commit.build());
      } else {
        store.commit(commit.build());
      }
    } catch (WeirException ignored) {
      // The store is what failed, or another run has taken over: then the row is not ours to write.
      failure.addSuppressed(ignored);
    }
  }

  /** The job as it stands where nothing of it was ever committed. */
  private Job neverCommitted(String why) {
    return new Job(
        spec.name(),
        JobStatus.FAILED,
        spec.program(),
        spec.version(),
        0,
        writer.run(),
        started,
        clock.instant(),
        Optional.empty(),
        spec.nodes(),
        spec.options(),
        Map.of(),
        Map.of(),
        Optional.of(why));
  }

  private void stopTasks() {
    tasks().forEach(Task::interrupt);
    try {
      for (var task : tasks()) {
        task.join();
      }
      committer.close();
      committer.join(LONGEST_END);
      snapshotter.close();
      snapshotter.join(LONGEST_END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var event = events.poll(); event != null; event = events.poll()) {
      if (event instanceof Event.Committed c) {
        committed = c.epoch();
        hasCommitted = true;
      }
    }
  }

  private void abandon() {
    stopTasks();
    writer.close();
  }

  // Looking

  private void progress(boolean now) {
    long time = nanos.getAsLong();
    if (now || time - progressAt >= PROGRESS) {
      progressAt = time;
      figures.sample(time, tasks());
      listener.progress(
          new RunListener.Progress(
              read(),
              sinks.values().stream().mapToLong(s -> s.counts.out()).sum(),
              tasks().stream().mapToLong(t -> t.counts.rejected()).sum(),
              committed,
              operators.values().stream().mapToLong(OperatorTask::rows).sum(),
              uncommitted(time)));
    }
  }

  /** How long ago the oldest change was made that is not durable yet, at most. */
  private long uncommitted(long now) {
    if (issued > committed) {
      return now - durableFrom;
    }
    return activity() != activityAtIssue ? now - issuedAt : 0;
  }

  /** What {@link Requests#FIGURES} asks for. */
  private Map<String, Object> live() {
    long now = nanos.getAsLong();
    var run = new LinkedHashMap<String, Object>();
    run.put("epoch", committed);
    run.put("doing", doing());
    run.put("uncommitted-ms", TimeUnit.NANOSECONDS.toMillis(uncommitted(now)));
    run.put("at", clock.instant().toString());
    return figures.live(now, replicas, wires, run);
  }

  private String doing() {
    if (!flowing) {
      return "starting";
    }
    return last.isPresent() ? "ending" : ending.isPresent() ? "finishing" : "running";
  }

  /** Records that have come into the graph. */
  private long read() {
    return sources.values().stream().mapToLong(s -> s.counts.in()).sum()
        + operators.values().stream().mapToLong(OperatorTask::generated).sum();
  }

  /** Grows whenever anything happens that a commit should hold. */
  private long activity() {
    return read() + operators.values().stream().mapToLong(OperatorTask::ownChanges).sum();
  }

  /** The operators without inputs. */
  private List<OperatorTask> generators() {
    return operators.values().stream().filter(o -> o.inputs == 0).toList();
  }

  /** Whether an operator had asked that the job ends when the last epoch was committed. */
  private boolean stopping(String node) {
    return Boolean.TRUE.equals(stats(node).get(OperatorTask.STOPPING));
  }

  private List<Task> tasks() {
    var tasks = new ArrayList<Task>(sinks.values());
    tasks.addAll(operators.values());
    tasks.addAll(sources.values());
    return tasks;
  }

  private Optional<Map<String, Object>> position(String node) {
    return start == Start.RESUMED
        ? before.map(job -> asMap(job.positions().get(node)))
        : Optional.empty();
  }

  private Map<String, Object> stats(String node) {
    return start == Start.RESUMED
        ? before
            .map(job -> asMap(job.stats().get("nodes")))
            .map(nodes -> asMap(nodes.get(node)))
            .orElse(Map.of())
        : Map.of();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asMap(Object json) {
    return (Map<String, Object>) json;
  }

  /** A node, or a commit, has failed. Never leaves this class. */
  private static final class NodeFailedException extends RuntimeException {
    private final String node;

    NodeFailedException(String node, Throwable cause) {
      super(cause);
      this.node = node;
    }

    String node() {
      return node;
    }
  }
}
