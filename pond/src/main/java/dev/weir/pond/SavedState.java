package dev.weir.pond;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.weir.pond.internal.JsonDiff;
import dev.weir.pond.internal.LogTables;
import dev.weir.state.Store;
import java.util.List;

/** States as JSON text, for people: in a snapshot, and compared. */
public final class SavedState {

  /**
   * Where two states differ.
   *
   * @param path as a JSON pointer; empty: the whole
   * @param before JSON text, or null where there is nothing
   * @param after JSON text, or null where there is nothing
   */
  public record Difference(String path, String before, String after) {}

  private SavedState() {}

  /** The state of a fish in a snapshot. */
  public static String read(Store store, String snapshot) {
    return LogTables.stateText(store.snapshots(), snapshot);
  }

  /** Where two states differ, by their parts. */
  public static List<Difference> diff(String before, String after) {
    try {
      return JsonDiff.of(before, after);
    } catch (JsonProcessingException e) {
      throw new BadEventException("a state is not JSON: " + e.getOriginalMessage(), e);
    }
  }
}
