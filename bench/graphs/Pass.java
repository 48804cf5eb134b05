import dev.weir.graph.*;

/** Hands each record on. */
class Pass implements Operator {

  @Override
  public Ports ports() {
    return Ports.USUAL.typed("in", "long").typed("out", "long");
  }

  @Override
  public void open(OperatorContext context) {}

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    var results = new Object[batch.size()];
    for (int i = 0; i < results.length; i++) {
      results[i] = (Long) batch.get(i);
    }
    out.emit(0, Batch.of(batch.sequence(0), results));
  }

  @Override
  public void close() {}
}
