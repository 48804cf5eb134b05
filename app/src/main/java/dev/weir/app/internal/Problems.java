package dev.weir.app.internal;

import dev.weir.app.BadProgramException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What is wrong with a file, all of it, in the order in which it is found. Not thread-safe. */
public final class Problems {

  private static final int SHOWN = 20;

  private final List<String> found = new ArrayList<>();

  public void add(Place place, String message) {
    var line = place + ": " + message;
    if (!found.contains(line)) {
      found.add(line);
    }
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /**
   * Ends here if anything is wrong.
   *
   * @throws BadProgramException with a line for each problem
   */
  public void refuse() {
    if (!found.isEmpty()) {
      var more = found.size() > SHOWN ? "\nand " + (found.size() - SHOWN) + " more" : "";
      throw new BadProgramException(
          found.stream().limit(SHOWN).collect(Collectors.joining("\n")) + more);
    }
  }
}
