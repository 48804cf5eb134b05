package dev.weir.graph;

import java.util.Map;

/**
 * A node with inputs, outputs, or both. User code and engines meet here.
 *
 * <p><b>Threads.</b> An engine calls one operator's methods from one thread at a time, never
 * overlapping. An operator may have threads or processes of its own; when one of them has something
 * to emit it calls {@link OperatorContext#wake}, and the engine answers with {@link #drain}.
 *
 * <p><b>Life.</b> {@code open}, {@code begin}, then any number of {@code process}, {@code drain},
 * {@code barrier} and {@code complete}, then {@code end} when all inputs have ended, a last {@code
 * barrier} and {@code complete}, and {@code close}, which is called however the run ends. An
 * operator without inputs emits in {@code begin} and {@code drain}; its input has ended when it
 * says so, see {@link OperatorContext#finish}, or when the job is to end. Behind the last barrier
 * of a run {@code drain} is not called.
 *
 * <p><b>Epochs</b> follow Lightweight Asynchronous Snapshots for Distributed Dataflows (Carbone et
 * al., 2015), aligned: when {@code barrier} returns, everything that the operator did for the
 * records before it is emitted or written to its tables, and nothing that it does for later ones
 * is.
 *
 * <p><b>State</b> that must survive is kept in the tables of the context. Any exception fails the
 * run back to the last commit.
 */
public interface Operator extends AutoCloseable {

  /**
   * The names of its ports and what is to be known of its outputs. May be asked before {@code
   * open}, and is always the same.
   */
  default Ports ports() {
    return Ports.USUAL;
  }

  /** Declares tables and gets ready. Must not emit. */
  void open(OperatorContext context) throws Exception;

  /**
   * Runs before the first record of a run. On a fresh run what it writes and emits belongs to epoch
   * 1.
   */
  default void begin(Emitter out) throws Exception {}

  /** Takes records of one input port. May emit at once, later, or never. */
  void process(int port, Batch batch, Emitter out) throws Exception;

  /**
   * Emits what is ready, and does what is due. Called soon after {@link OperatorContext#wake}, and
   * not before {@code begin} has returned.
   */
  default void drain(Emitter out) throws Exception {}

  /** Finishes every record taken so far, emits its outputs and writes its state to the tables. */
  default void barrier(long epoch, Emitter out) throws Exception {}

  /** The epoch is durable. After a crash the last one is announced again, when begin has run. */
  default void complete(long epoch) throws Exception {}

  /**
   * No more records come by this input port, while others may go on. Not said of a port that is fed
   * by an operator, whose {@link #end} may still emit, nor where the whole job is made to end; and
   * said again in a run that is resumed.
   */
  default void ended(int port, Emitter out) throws Exception {}

  /** All inputs have ended. What it writes and emits counts. */
  default void end(Emitter out) throws Exception {}

  /**
   * Answers a request made to the running job, such as to set a cell or to change the number of
   * runners. Called between records; what it changes belongs to the running epoch.
   *
   * @param verb what is asked, such as {@code scale} or {@code cell.set}
   * @param arguments JSON values by name
   * @return a JSON value for the one who asked
   * @throws dev.weir.state.WeirException when it cannot be done; the run goes on
   */
  default Object request(String verb, Map<String, Object> arguments) throws Exception {
    throw new BadRequestException(
        verb.equals("scale")
            ? "only a model has a number of runners that can change while records flow; the replicas"
                + " of an operator are set in the graph's file"
            : "it does not know the request '" + verb + "'");
  }

  /** Frees everything; kills what it started. Must work after any exception, and after none. */
  @Override
  void close() throws Exception;
}
