package dev.weir.app;

import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.runners.JavaSource;
import dev.weir.runners.RunnerException;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * A Java file with a class that is an {@link Operator}: not abstract, with a constructor that takes
 * nothing, or the node's configuration as a {@code Map<String, Object>}. Immutable.
 */
final class OperatorFile {

  private static final Pattern SIGN = Pattern.compile("\\bOperator\\b");

  private final Path file;
  private final JavaSource source;

  private OperatorFile(Path file, JavaSource source) {
    this.file = file;
    this.source = source;
  }

  /**
   * Compiles a file; empty if it has no operator, but may be a model.
   *
   * @throws BadProgramException when it does not compile, or has several
   */
  static Optional<OperatorFile> of(Path file) {
    try {
      if (!SIGN.matcher(Files.readString(file)).find()) {
        return Optional.empty();
      }
      var found = new OperatorFile(file, JavaSource.compile(file));
      var types = operators(found.source.load(line -> {}));
      if (types.size() > 1) {
        throw new BadProgramException(
            file
                + " has several operators ("
                + String.join(", ", types.stream().map(Class::getName).toList())
                + "); put each in a file of its own");
      }
      return types.isEmpty() ? Optional.empty() : Optional.of(found);
    } catch (IOException e) {
      throw new BadProgramException(file + " cannot be read: " + e.getMessage());
    } catch (RunnerException e) {
      throw new BadProgramException(e.getMessage());
    }
  }

  private static List<Class<?>> operators(List<Class<?>> classes) {
    return classes.stream()
        .filter(Operator.class::isAssignableFrom)
        .filter(type -> !type.isInterface() && !Modifier.isAbstract(type.getModifiers()))
        .filter(type -> !type.isAnonymousClass())
        .toList();
  }

  /**
   * Makes the operator anew. What it prints is logged by the context that it is opened with, and
   * what it throws says where in the file.
   *
   * @throws BadProgramException when it cannot be made
   */
  Operator make(Map<String, Object> configuration) {
    var log = new AtomicReference<Consumer<String>>(System.err::println);
    var type = operators(source.load(line -> log.get().accept(line))).get(0);
    var operator = make(type, configuration);
    return (Operator)
        Proxy.newProxyInstance(
            Operator.class.getClassLoader(),
            new Class<?>[] {Operator.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("open")) {
                var context = (OperatorContext) arguments[0];
                log.set(context::log);
              }
              try {
                return method.invoke(operator, arguments);
              } catch (InvocationTargetException e) {
                throw told(e.getCause());
              }
            });
  }

  private Operator make(Class<?> type, Map<String, Object> configuration) {
    try {
      var taking = constructor(type, Map.class);
      if (taking.isPresent()) {
        return (Operator) taking.get().newInstance(configuration);
      }
      if (!configuration.isEmpty()) {
        throw new BadProgramException(
            file
                + ": class "
                + type.getName()
                + " has no constructor that takes a Map<String, Object>, so it can take no config");
      }
      return (Operator)
          constructor(type)
              .orElseThrow(
                  () ->
                      new BadProgramException(
                          file
                              + ": class "
                              + type.getName()
                              + " has no constructor without parameters, or with a Map<String,"
                              + " Object>"))
              .newInstance();
    } catch (InvocationTargetException e) {
      throw new BadProgramException(
          source.place(e.getCause()).orElse(file.toString())
              + ": the constructor of "
              + type.getName()
              + " failed: "
              + e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new BadProgramException(file + ": class " + type.getName() + " cannot be made: " + e);
    }
  }

  private static Optional<Constructor<?>> constructor(Class<?> type, Class<?>... parameters) {
    try {
      var constructor = type.getDeclaredConstructor(parameters);
      constructor.setAccessible(true);
      return Optional.of(constructor);
    } catch (NoSuchMethodException e) {
      return Optional.empty();
    }
  }

  private Throwable told(Throwable thrown) {
    boolean own = thrown instanceof WeirException || thrown instanceof InterruptedException;
    return own
        ? thrown
        : source
            .place(thrown)
            .map(place -> (Throwable) new WeirException(place + ": " + thrown, thrown))
            .orElse(thrown);
  }

  /** Changes when the file does. */
  String version() {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
