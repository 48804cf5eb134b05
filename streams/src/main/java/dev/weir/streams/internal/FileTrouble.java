package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What went wrong with a file, and the way out, in words. */
final class FileTrouble {

  private FileTrouble() {}

  static void checkReadable(Path path) {
    if (!Files.exists(path)) {
      throw new WeirException(
          "there is no file "
              + path
              + " to read"
              + (folderIsThere(path) ? "" : ": there is no folder " + folder(path))
              + "; check the input's path");
    }
    checkNoFolder(path);
    if (!Files.isReadable(path)) {
      throw new WeirException(
          path + " cannot be read: permission denied. Allow it (chmod u+r), or name another file");
    }
  }

  static void checkWritable(Path path) {
    if (!folderIsThere(path)) {
      throw new WeirException(
          path
              + " cannot be written: there is no folder "
              + folder(path)
              + ". Make it (mkdir -p), or name another file");
    }
    checkNoFolder(path);
    var asked = Files.exists(path) ? path : folder(path);
    if (!Files.isWritable(asked)) {
      throw new WeirException(
          path
              + " cannot be written: permission denied to write "
              + asked
              + ". Allow it (chmod u+w), or name another file");
    }
  }

  private static void checkNoFolder(Path path) {
    if (Files.isDirectory(path)) {
      throw new WeirException(path + " is a folder, not a file; name a file in it");
    }
  }

  static WeirException reading(Path path, IOException e) {
    return new WeirException(path + " cannot be read: " + reason(e), e);
  }

  static WeirException writing(Path path, IOException e) {
    return new WeirException(path + " cannot be written: " + reason(e), e);
  }

  /** A job goes on, and the file is not as it was left. */
  static WeirException changed(Path path, String how) {
    return new WeirException(
        path
            + " "
            + how
            + ". Put the file back as it was and run again, or start over with --fresh");
  }

  static boolean isFull(IOException e) {
    var reason = reason(e);
    return reason.contains("No space left") || reason.contains("Disk quota exceeded");
  }

  static String reason(IOException e) {
    var reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private static Path folder(Path path) {
    var folder = path.toAbsolutePath().getParent();
    return folder == null ? path.toAbsolutePath() : folder;
  }

  private static boolean folderIsThere(Path path) {
    return Files.isDirectory(folder(path));
  }
}
