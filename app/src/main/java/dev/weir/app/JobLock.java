package dev.weir.app;

import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Says which process runs a job: a locked file beside the store that holds its process id. A
 * courtesy to people; what protects the state is the run number in the store. The system frees the
 * lock when the process ends, however it ends; the file stays.
 */
final class JobLock implements AutoCloseable {

  private final FileChannel channel;

  private JobLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws JobBusyException when another process, or another run of this one, has it
   */
  static JobLock take(Path folder, String job) {
    var file = folder.resolve(job);
    try {
      Files.createDirectories(folder);
      var channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!lock(channel)) {
        var pid = read(channel);
        channel.close();
        throw new JobBusyException(
            "job '"
                + job
                + "' is running already"
                + (pid.isEmpty() ? "" : " (process " + pid + ")")
                + "; see: weir job list"
                + "\n  to run another beside it, give this one another name with --name");
      }
      var pid = Long.toString(ProcessHandle.current().pid());
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
      return new JobLock(channel);
    } catch (IOException e) {
      throw new WeirException("cannot write the lock file " + file + ": " + e.getMessage(), e);
    }
  }

  /** The process that runs a job now, if one does. */
  static Optional<String> holder(Path folder, String job) {
    var file = folder.resolve(job);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return lock(channel) ? Optional.empty() : Optional.of(read(channel));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new WeirException("cannot read the lock file " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      channel.truncate(0);
      channel.close();
    } catch (IOException e) {
      throw new WeirException("cannot free a lock file: " + e.getMessage(), e);
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    var buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII).trim();
  }
}
