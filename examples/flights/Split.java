import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Ports;
import java.util.Map;

/** Sends records out of one port or the other, by the number in a field. */
class Split implements Operator {

  private final String field;
  private final double from;

  Split(Map<String, Object> config) {
    field = (String) config.get("field");
    from = ((Number) config.get("from")).doubleValue();
  }

  @Override
  public Ports ports() {
    return Ports.in("in").out("below", "above");
  }

  @Override
  public void open(OperatorContext context) {}

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    for (int i = 0; i < batch.size(); i++) {
      boolean above =
          batch.get(i) instanceof Map<?, ?> record
              && record.get(field) instanceof Number number
              && number.doubleValue() >= from;
      out.emit(above ? 1 : 0, batch.slice(i, i + 1));
    }
  }

  @Override
  public void close() {}
}
