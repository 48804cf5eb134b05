package dev.weir.state.internal;

import dev.weir.state.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Chunks as files: {@code ab/cdef…}, the first two digits of the hash naming a folder. A file is
 * written under another name ({@code *.part}), synced, then renamed.
 *
 * <p>An open session holds the lock of a file {@code writing-*.lock}; the system gives the lock
 * back when its process dies, however it dies.
 */
final class FolderChunks implements Chunks {

  private static final String PART = ".part";

  private final Path folder;
  private final Set<Path> ownSessions = ConcurrentHashMap.newKeySet();

  FolderChunks(Path folder) {
    this.folder = folder;
  }

  @Override
  public Session session() {
    var lock = folder.resolve("writing-" + UUID.randomUUID() + ".lock");
    try {
      Files.createDirectories(folder);
      ownSessions.add(lock);
      var channel = FileChannel.open(lock, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try {
        channel.lock();
        return new FolderSession(lock, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        Files.deleteIfExists(lock);
        throw e;
      }
    } catch (IOException e) {
      ownSessions.remove(lock);
      throw Disk.cannotWrite(lock, e);
    }
  }

  @Override
  public byte[] read(String hash) {
    try {
      var bytes = Files.readAllBytes(file(hash));
      if (!Chunks.hash(bytes).equals(hash)) {
        throw new DamagedChunkException(hash, "does not hash to its name");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new DamagedChunkException(hash, "is missing");
    } catch (IOException e) {
      throw new DamagedChunkException(hash, "cannot be read: " + e.getMessage());
    }
  }

  @Override
  public boolean exists(String hash) {
    return Files.exists(file(hash));
  }

  @Override
  public boolean isBeingWritten() {
    for (var lock : children(folder)) {
      var name = lock.getFileName().toString();
      if (!name.startsWith("writing-") || !name.endsWith(".lock")) {
        continue;
      }
      if (ownSessions.contains(lock) || isLocked(lock)) {
        return true;
      }
      try {
        Files.deleteIfExists(lock);
      } catch (IOException e) {
        throw Disk.cannotWrite(lock, e);
      }
    }
    return false;
  }

  private static boolean isLocked(Path lock) {
    try (var channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        var taken = channel.tryLock()) {
      return taken == null;
    } catch (NoSuchFileException e) {
      return false;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      throw Disk.cannotWrite(lock, e);
    }
  }

  @Override
  public Collection<String> list() {
    var hashes = new ArrayList<String>();
    for (var part : parts()) {
      for (var file : children(part)) {
        var hash = part.getFileName().toString() + file.getFileName();
        if (Chunks.isHash(hash)) {
          hashes.add(hash);
        }
      }
    }
    return hashes;
  }

  @Override
  public void delete(Collection<String> hashes) {
    for (var hash : hashes) {
      try {
        Files.deleteIfExists(file(hash));
      } catch (IOException e) {
        throw Disk.cannotWrite(file(hash), e);
      }
    }
  }

  @Override
  public void deleteLeftovers() {
    for (var part : parts()) {
      for (var file : children(part)) {
        var name = file.getFileName().toString();
        if (name.endsWith(PART)
            && name.length() > 62
            && Chunks.isHash(part.getFileName() + name.substring(0, 62))) {
          try {
            Files.deleteIfExists(file);
          } catch (IOException e) {
            throw Disk.cannotWrite(file, e);
          }
        }
      }
    }
  }

  @Override
  public String where(String hash) {
    return file(hash).toString();
  }

  private Path file(String hash) {
    return folder.resolve(hash.substring(0, 2)).resolve(hash.substring(2));
  }

  /** The folders of the first two digits. */
  private List<Path> parts() {
    return children(folder).stream()
        .filter(p -> p.getFileName().toString().matches("[0-9a-f]{2}"))
        .toList();
  }

  private static List<Path> children(Path folder) {
    try (var stream = Files.newDirectoryStream(folder)) {
      var children = new ArrayList<Path>();
      stream.forEach(children::add);
      return children;
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException | DirectoryIteratorException e) {
      throw new StoreException("cannot read the folder " + folder + ": " + e.getMessage(), e);
    }
  }

  private static void sync(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw Disk.cannotWrite(folder, e);
    }
  }

  private final class FolderSession implements Session {
    private final Path lock;
    private final FileChannel channel;
    private final Set<Path> unsynced = new HashSet<>();
    private final Set<String> put = new HashSet<>();

    FolderSession(Path lock, FileChannel channel) {
      this.lock = lock;
      this.channel = channel;
    }

    @Override
    public String put(byte[] bytes) {
      var hash = Chunks.hash(bytes);
      put.add(hash);
      var file = file(hash);
      var part = file.resolveSibling(file.getFileName() + "-" + UUID.randomUUID() + PART);
      try {
        if (isThere(file, bytes)) {
          unsynced.add(file.getParent());
          return hash;
        }
        makeFolder(file.getParent());
        try (var out =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
          var buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            out.write(buffer);
          }
          out.force(false);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        unsynced.add(file.getParent());
        return hash;
      } catch (IOException e) {
        try {
          Files.deleteIfExists(part);
        } catch (IOException another) {
          e.addSuppressed(another);
        }
        throw Disk.cannotWrite(file, e);
      }
    }

    /** Whether the chunk is there and sound; a damaged one is written anew. */
    private boolean isThere(Path file, byte[] bytes) throws IOException {
      try {
        return Files.size(file) == bytes.length && Arrays.equals(Files.readAllBytes(file), bytes);
      } catch (NoSuchFileException e) {
        return false;
      }
    }

    private void makeFolder(Path part) throws IOException {
      try {
        Files.createDirectory(part);
        unsynced.add(folder);
      } catch (FileAlreadyExistsException e) {
        return;
      }
    }

    @Override
    public void sync() {
      unsynced.forEach(FolderChunks::sync);
      unsynced.clear();
    }

    @Override
    public boolean isWhole() {
      return put.stream().allMatch(FolderChunks.this::exists);
    }

    @Override
    public void close() {
      try {
        Files.deleteIfExists(lock);
        channel.close();
      } catch (IOException e) {
        throw Disk.cannotWrite(lock, e);
      } finally {
        ownSessions.remove(lock);
      }
    }
  }
}
