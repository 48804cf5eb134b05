package dev.weir.app;

import dev.weir.pond.Fish;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;

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
      var classes = compile(file);
      var loader =
          new URLClassLoader(new URL[] {classes.toUri().toURL()}, FishFile.class.getClassLoader());
      var method = loader.loadClass(type).getDeclaredMethod("fish");
      method.setAccessible(true);
      return (Fish<?, ?>) method.invoke(null);
    } catch (InvocationTargetException e) {
      throw new BadProgramException(
          "%s: its method fish() failed: %s".formatted(file, e.getCause()));
    } catch (ReflectiveOperationException | ClassCastException | NullPointerException e) {
      throw new BadProgramException(
          "%s: its class %s has no method static Fish<?, ?> fish()".formatted(file, type));
    } catch (IOException e) {
      throw new CommandException("%s cannot be compiled: %s".formatted(file, e.getMessage()));
    }
  }

  private static Path compile(Path file) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new CommandException(
          "%s: this Java has no compiler; use a JDK (java.home is %s)"
              .formatted(file, System.getProperty("java.home")));
    }
    var classes = Files.createTempDirectory("weir-fish");
    var messages = new StringWriter();
    var options =
        List.of(
            "-d",
            classes.toString(),
            "-parameters",
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path") + File.pathSeparator + classes);
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean good =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(file))
              .call();
      if (!good) {
        throw new BadProgramException("%s does not compile:%n%s".formatted(file, messages));
      }
    }
    return classes;
  }
}
