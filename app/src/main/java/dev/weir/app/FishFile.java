package dev.weir.app;

import dev.weir.pond.Fish;
import dev.weir.runners.JavaSource;
import dev.weir.runners.RunnerException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A Java file that defines a fish: a class of the file's name, in no package, with a method {@code
 * static Fish<?, ?> fish()}.
 */
final class FishFile {

  private FishFile() {}

  static Fish<?, ?> load(Path file) {
    var name = file.getFileName().toString();
    if (!name.endsWith(".java")) {
      throw new CommandException(
          "%s is no Java file; a fish is defined by one, with a method static Fish<?, ?> fish()"
              .formatted(file));
    }
    if (!Files.isReadable(file)) {
      throw new CommandException("there is no file %s, or it cannot be read".formatted(file));
    }
    var type = name.substring(0, name.length() - ".java".length());
    try {
      var method =
          JavaSource.compile(file).load(System.err::println).stream()
              .filter(loaded -> loaded.getName().equals(type))
              .findFirst()
              .orElseThrow(() -> new ClassNotFoundException(type))
              .getDeclaredMethod("fish");
      method.setAccessible(true);
      return (Fish<?, ?>) method.invoke(null);
    } catch (RunnerException e) {
      throw new BadProgramException(e.getMessage());
    } catch (InvocationTargetException e) {
      throw new BadProgramException(
          "%s: its method fish() failed: %s".formatted(file, e.getCause()));
    } catch (ReflectiveOperationException | ClassCastException | NullPointerException e) {
      throw new BadProgramException(
          "%s: its class %s has no method static Fish<?, ?> fish()".formatted(file, type));
    }
  }
}
