package dev.weir.state.internal;

import dev.weir.state.Secrets;
import dev.weir.state.Store;
import dev.weir.state.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.random.RandomGenerator;

/** Chooses the backend that an address asks for. */
public final class StoreOpener {

  private static final String SQLITE = "sqlite:";

  private StoreOpener() {}

  public static Store open(String url, Clock clock) {
    return open(url, clock, new java.security.SecureRandom());
  }

  static Store open(String url, Clock clock, RandomGenerator random) {
    if (url.equals("memory:")) {
      return new TableStore(new MemoryBackend(), clock, random);
    }
    if (url.startsWith(SQLITE) && url.length() > SQLITE.length()) {
      return open(sqlite(url.substring(SQLITE.length())), clock, random);
    }
    if (PostgresAddress.isOne(url)) {
      var dialect = new PostgresDialect(PostgresAddress.parse(url));
      return open(new JdbcBackend(dialect, new PostgresChunks(dialect)), clock, random);
    }
    throw new StoreException(
        "%s is no address of a store: write memory:, sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
            .formatted(Secrets.hidden(url)));
  }

  private static Store open(Backend backend, Clock clock, RandomGenerator random) {
    try {
      return new TableStore(backend, clock, random);
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  private static Backend sqlite(String path) {
    Path file;
    try {
      file = Path.of(path);
    } catch (InvalidPathException e) {
      throw new StoreException("store %s: this is not a path".formatted(path), e);
    }
    if (Files.isDirectory(file)) {
      throw new StoreException(
          "store %s is a folder: name a file, such as %s"
              .formatted(file, file.resolve("state.db")));
    }
    if (Files.exists(file) && !Files.isReadable(file)) {
      throw new StoreException("store %s: no permission to read it".formatted(file));
    }
    var folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      if (Disk.isFull(folder)) {
        throw Disk.full(folder, e);
      }
      throw new StoreException(
          "store %s: its folder cannot be made: %s".formatted(file, e.getMessage()), e);
    }
    var chunks = folder.resolve(file.getFileName() + "-chunks");
    return new JdbcBackend(new SqliteDialect(file), new FolderChunks(chunks));
  }
}
