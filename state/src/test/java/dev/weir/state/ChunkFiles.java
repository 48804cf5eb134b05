package dev.weir.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files in which a SQLite store keeps its chunks. */
final class ChunkFiles {

  private ChunkFiles() {}

  /** All files, also those that should not be there. */
  static List<Path> all(Path database) throws IOException {
    var folder = folder(database);
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  static Path folder(Path database) {
    return database.resolveSibling(database.getFileName() + "-chunks");
  }

  static String hash(Path chunk) {
    return chunk.getParent().getFileName().toString() + chunk.getFileName();
  }
}
