package dev.weir.state;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real Postgres for tests: a child process on a free port of this machine, its data in a
 * temporary folder. It ends with this process, however that ends.
 *
 * <p>Its commits do not wait for the disk: what is tested is the death of processes, not of
 * machines.
 */
public final class PostgresServer implements AutoCloseable {

  private static final class Shared {
    static final PostgresServer SERVER = start();
  }

  private final AtomicInteger schemas = new AtomicInteger();
  private final Path bin;
  private final Path folder;
  private final int port;
  private Process process;

  private PostgresServer(Path bin, Path folder, int port) {
    this.bin = bin;
    this.folder = folder;
    this.port = port;
  }

  /** The server that the tests of this process share. */
  public static PostgresServer shared() {
    return Shared.SERVER;
  }

  /** A server of its own, for a test that stops it. */
  public static PostgresServer start() {
    try {
      var folder = Files.createTempDirectory("weir-postgres");
      var server = new PostgresServer(bin(), folder, freePort());
      server.run(
          server.bin.resolve("initdb").toString(),
          "-D",
          server.data(),
          "-U",
          "postgres",
          "-A",
          "trust",
          "-E",
          "UTF8",
          "--locale=C",
          "-N");
      server.resume();
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      return server;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("Postgres does not start: " + e.getMessage(), e);
    }
  }

  /** The address of a store that does not exist yet. */
  public String freshStore() {
    return store("s" + schemas.incrementAndGet() + "_" + ProcessHandle.current().pid());
  }

  /** The address of the store that is a schema. */
  public String store(String schema) {
    return "postgres://postgres@127.0.0.1:%d/postgres?schema=%s".formatted(port, schema);
  }

  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres".formatted(port);
  }

  /** Stops the server as a crash does: sessions are cut, nothing is tidied up. */
  public void crash() throws InterruptedException, IOException {
    run(bin.resolve("pg_ctl").toString(), "-D", data(), "-m", "immediate", "-w", "stop");
    process.getOutputStream().close();
    process.waitFor();
  }

  /** Starts the server (again). */
  public void resume() throws IOException, InterruptedException {
    // The shell waits for the end of its input, which is the end of this process.
    var script =
        "%s %s -D %s -p %d -k %s -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=200 & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid"
            .formatted(String.join(" ", asNobody()), bin.resolve("postgres"), data(), port, folder);
    process =
        new ProcessBuilder("sh", "-c", script)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    for (int i = 0; ; i++) {
      if (execute(bin.resolve("pg_isready").toString(), "-q", "-h", "127.0.0.1", "-p", "" + port)
          == 0) {
        return;
      }
      if (i == 600) {
        throw new AssertionError("Postgres: " + Files.readString(folder.resolve("log")));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor(20, TimeUnit.SECONDS);
      try (Stream<Path> files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | InterruptedException e) {
      // Only a folder of the temporary ones is left.
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  /** Postgres refuses to run as root; in a user namespace of its own, root is nobody special. */
  private static List<String> asNobody() throws IOException, InterruptedException {
    if (!System.getProperty("user.name").equals("root")) {
      return List.of();
    }
    return execute("unshare", "-U", "true") == 0
        ? List.of("unshare", "-U")
        : List.of("runuser", "-u", "postgres", "--");
  }

  private void run(String... command) throws IOException, InterruptedException {
    var all = new ArrayList<>(asNobody());
    if (all.contains("runuser")) {
      execute("chown", "-R", "postgres", folder.toString());
    }
    all.addAll(List.of(command));
    var log = folder.resolve("setup");
    var started =
        new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (started.waitFor() != 0) {
      throw new IOException(String.join(" ", all) + ": " + Files.readString(log));
    }
  }

  private static int execute(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static Path bin() throws IOException {
    var folders = new ArrayList<Path>();
    var debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (Stream<Path> versions = Files.list(debian)) {
        versions
            .sorted(Comparator.reverseOrder())
            .map(version -> version.resolve("bin"))
            .forEach(folders::add);
      }
    }
    for (var folder : System.getenv("PATH").split(":")) {
      folders.add(Path.of(folder));
    }
    return folders.stream()
        .filter(folder -> Files.isExecutable(folder.resolve("initdb")))
        .filter(folder -> Files.isExecutable(folder.resolve("postgres")))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException("there is no Postgres here; ./test installs Debian's postgresql"));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
