package dev.weir.app;

import dev.weir.pond.Fish;
import dev.weir.runners.JavaSource;
import dev.weir.runners.RunnerException;
import dev.weir.state.WeirException;
import dev.weir.views.Query;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A Java file that defines something by a static method without parameters: a class of the file's
 * name, in no package.
 *
 * @param what it defines
 * @param method that does
 * @param signature how the method is declared
 */
record DefinitionFile<T>(String what, Class<T> type, String method, String signature) {

  @SuppressWarnings("rawtypes") // nobody here knows the fish
  static final DefinitionFile<Fish> FISH =
      new DefinitionFile<>("fish", Fish.class, "fish", "static Fish<?, ?> fish()");

  static final DefinitionFile<Query> VIEW =
      new DefinitionFile<>("view", Query.class, "query", "static Query query()");

  /**
   * What a file defines, made anew.
   *
   * @param printed takes what its code prints, by the line
   * @throws BadProgramException when it defines no such thing
   */
  T load(Path file, Consumer<String> printed) {
    var name = file.getFileName().toString();
    if (!name.endsWith(".java")) {
      throw new BadProgramException(
          "%s is no Java file; a %s is defined by one, with a method %s"
              .formatted(file, what, signature));
    }
    if (!Files.isReadable(file)) {
      throw new BadProgramException("there is no file %s, or it cannot be read".formatted(file));
    }
    var className = name.substring(0, name.length() - ".java".length());
    try {
      var definition =
          JavaSource.compile(file).load(printed).stream()
              .filter(loaded -> loaded.getName().equals(className))
              .findFirst()
              .orElseThrow(() -> new ClassNotFoundException(className))
              .getDeclaredMethod(method);
      definition.setAccessible(true);
      return type.cast(definition.invoke(null));
    } catch (RunnerException e) {
      throw new BadProgramException(e.getMessage());
    } catch (InvocationTargetException e) {
      var cause = e.getCause();
      throw new BadProgramException(
          "%s: its method %s() failed: %s"
              .formatted(
                  file, method, cause instanceof WeirException ? cause.getMessage() : cause));
    } catch (ReflectiveOperationException | ClassCastException | NullPointerException e) {
      throw new BadProgramException(
          "%s: its class %s has no method %s".formatted(file, className, signature));
    }
  }
}
