import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.Where;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The strongest earthquakes, and how many there were each day. */
class Quakes {

  record Quake(String id, long time, Double mag, String place) {}

  record State(List<Quake> strongest, Map<String, Integer> perDay) {}

  static Fish<?, ?> fish() {
    return Fish.of(FishId.of("example.Quakes", "all", 1), State.class, Quake.class)
        .where(Where.tags("earthquake"))
        .initialState(() -> new State(new ArrayList<>(), new TreeMap<>()))
        .onEvent((state, quake, event) -> add(state, quake))
        .build();
  }

  private static State add(State state, Quake quake) {
    var day = Instant.ofEpochMilli(quake.time()).atZone(ZoneOffset.UTC).toLocalDate().toString();
    state.perDay().merge(day, 1, Integer::sum);
    if (quake.mag() != null) {
      state.strongest().add(quake);
      state.strongest().sort(Comparator.comparing(Quake::mag).reversed());
      if (state.strongest().size() > 5) {
        state.strongest().remove(5);
      }
    }
    return state;
  }
}
