// fastscore.input: long
// fastscore.output: long

import weir.Cell;
import weir.Model;

class Counter extends Model {
  final Cell<Long> counter = cell("counter", Long.class);

  void begin() {
    counter.set(0L);
  }

  long action(long x) {
    return counter.update(y -> x + y);
  }
}
