package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * {@code exec:/PROGRAM}: what a child process writes to its standard output is read, or what is
 * written goes to its standard input. Its standard error is ours. It is killed when the run ends.
 */
final class ExecStream extends TransportStream {

  static final Transport TRANSPORT = new Exec();

  private ExecStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Exec implements Transport {
    @Override
    public String name() {
      return "exec";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("run", Field.Type.TEXT),
          Field.optional("args", Field.Type.TEXTS, List.of()));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.WRITE);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      if (rest.isEmpty()) {
        throw new WeirException("exec: needs a program, as in exec:/usr/bin/vmstat");
      }
      return Map.of("transport", Map.of("type", "exec", "run", Urls.decoded(rest)));
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new ExecStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return "exec:" + descriptor.settings().text("run");
  }

  private ProcessBuilder command() {
    var command = new ArrayList<String>();
    command.add(descriptor.settings().text("run"));
    command.addAll(descriptor.settings().texts("args"));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private Process start(ProcessBuilder command) {
    try {
      return command.start();
    } catch (IOException e) {
      throw new WeirException(
          describe()
              + " cannot be started: "
              + FileTrouble.reason(e)
              + ". Check the program's path and that it may be executed",
          e);
    }
  }

  @Override
  Source newSource() {
    return new ConnectionSource(describe(), descriptor.format(), this::startToRead);
  }

  private ConnectionSource.Connection startToRead() throws IOException {
    var process = start(command());
    process.getOutputStream().close();
    return new ConnectionSource.Connection(
        process.getInputStream(), () -> kill(process), () -> checkStatus(process));
  }

  private void checkStatus(Process process) throws InterruptedException {
    int status = process.waitFor();
    if (status != 0) {
      throw new WeirException(
          describe() + " ended with status " + status + ", so its output may not be whole");
    }
  }

  /** With all that it has started; a child that is told to end may leave some behind. */
  private static void kill(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  @Override
  Sink newSink() {
    return new PipeSink(describe(), descriptor.format(), this::startToWrite);
  }

  /** Closing ends the child's input, waits for it, and kills it when that takes too long. */
  private OutputStream startToWrite() {
    var process = start(command().redirectOutput(ProcessBuilder.Redirect.INHERIT));
    return new FilterOutputStream(process.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() throws IOException {
        try {
          out.close();
          var linger = descriptor.lingerMillis();
          if (!process.waitFor(linger == null ? Long.MAX_VALUE : linger, TimeUnit.MILLISECONDS)) {
            throw new IOException(
                describe()
                    + " had not ended "
                    + linger
                    + " ms after its input had, and was killed");
          }
          if (process.exitValue() != 0) {
            throw new IOException(describe() + " ended with status " + process.exitValue());
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } finally {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
      }
    };
  }
}
