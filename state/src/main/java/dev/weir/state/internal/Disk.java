package dev.weir.state.internal;

import dev.weir.state.StoreException;
import dev.weir.state.StoreFullException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells a full disk from other trouble. */
final class Disk {

  private static final long NEXT_TO_NOTHING = 1 << 16;

  private Disk() {}

  /** Whether the disk that holds a file has next to no room. */
  static boolean isFull(Path file) {
    try {
      var there = file.toAbsolutePath();
      while (!Files.exists(there) && there.getParent() != null) {
        there = there.getParent();
      }
      return Files.getFileStore(there).getUsableSpace() < NEXT_TO_NOTHING;
    } catch (IOException e) {
      return false;
    }
  }

  static StoreFullException full(Path file, Exception e) {
    return new StoreFullException(
        "the disk that holds %s is full: nothing was changed. Make room, then go on"
            .formatted(file),
        e);
  }

  /** What the caller is told when a file could not be written. */
  static StoreException cannotWrite(Path file, IOException e) {
    var message = String.valueOf(e.getMessage());
    if (message.contains("No space left") || message.contains("quota") || isFull(file)) {
      return full(file, e);
    }
    return new StoreException(
        "cannot write %s: %s".formatted(file, e.getClass().getSimpleName() + ": " + message), e);
  }
}
