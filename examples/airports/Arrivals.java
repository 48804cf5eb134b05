import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a flight costs the airport where it lands: half of its delay. */
class Arrivals implements Operator {

  @Override
  public void open(OperatorContext context) {}

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    var costs = new Object[batch.size()];
    for (int i = 0; i < costs.length; i++) {
      var flight = (Map<?, ?>) batch.get(i);
      // Map.of would have its fields in another order in each process.
      var cost = new LinkedHashMap<String, Object>();
      cost.put("airport", flight.get("destination"));
      cost.put("minutes", (Long) flight.get("delay") / 2);
      costs[i] = cost;
    }
    if (costs.length > 0) {
      out.emit(0, Batch.of(batch.sequence(0), costs));
    }
  }

  @Override
  public void close() {}
}
