package dev.weir.runners.internal.jvm;

import dev.weir.state.WeirException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import weir.Model;

/** Compiles a source file in memory. */
public final class Compiler {

  private static final int SHOWN_ERRORS = 5;

  private Compiler() {}

  /**
   * A compiled source.
   *
   * @param source its lines
   * @param classes the class files by the classes' names
   */
  public record Compiled(Path file, List<String> source, Map<String, byte[]> classes) {

    /** The classes, made anew in a loader of their own; what they print goes to {@code lines}. */
    public List<Class<?>> load(Consumer<String> lines) throws ClassNotFoundException {
      var loader = new Loader(classes, lines);
      var loaded = new ArrayList<Class<?>>();
      for (var name : classes.keySet()) {
        loaded.add(Class.forName(name, false, loader));
      }
      return loaded;
    }
  }

  /**
   * Compiles a model, whatever the name of its class. It may use the JDK and what models import.
   *
   * @throws CompileException when it cannot be read or has errors
   */
  public static Compiled compile(Path file) {
    return compile(file, ofModels(), ToolProvider::getSystemJavaCompiler);
  }

  /**
   * The same for a file that may use all that is on the class path of this program.
   *
   * @throws CompileException when it cannot be read or has errors
   */
  public static Compiled compileWithAll(Path file) {
    return compile(
        file, System.getProperty("java.class.path"), ToolProvider::getSystemJavaCompiler);
  }

  static Compiled compile(Path file, String classPath, Supplier<JavaCompiler> tool) {
    var compiler = tool.get();
    if (compiler == null) {
      throw new CompileException(
          "this Java ("
              + System.getProperty("java.home")
              + ") has no compiler, which programs in Java need: it is a JRE; use a JDK, by JAVA_HOME or"
              + " by the PATH",
          "");
    }
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new CompileException(file + " cannot be read: " + e.getMessage(), "");
    }
    var lines = text.lines().toList();
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    var classes = new LinkedHashMap<String, Output>();
    try (var standard = compiler.getStandardFileManager(diagnostics, Locale.ENGLISH, null);
        var files = new Memory(standard, classes)) {
      var options =
          List.of("-g", "-parameters", "-proc:none", "-Xlint:none", "-classpath", classPath);
      boolean compiled =
          compiler
              .getTask(
                  new StringWriter(),
                  files,
                  diagnostics,
                  options,
                  null,
                  List.of(new Source(file, text)))
              .call();
      if (!compiled) {
        throw failure(file, lines, diagnostics.getDiagnostics());
      }
    } catch (IOException e) {
      throw new CompileException(file + " cannot be compiled: " + e.getMessage(), "");
    }
    return new Compiled(
        file,
        lines,
        classes.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    e -> e.getValue().bytes.toByteArray(),
                    (a, b) -> a,
                    LinkedHashMap::new)));
  }

  /** What a model may import beside the JDK, and what that extends. */
  private static String ofModels() {
    return Stream.of(Model.class, WeirException.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
        .map(place -> Path.of(URI.create(place.toString())).toString())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static CompileException failure(
      Path file, List<String> lines, List<? extends Diagnostic<?>> diagnostics) {
    var errors = diagnostics.stream().filter(d -> d.getKind() == Diagnostic.Kind.ERROR).toList();
    var trace = new StringBuilder();
    String summary = null;
    for (var error : errors.subList(0, Math.min(SHOWN_ERRORS, errors.size()))) {
      long line = error.getLineNumber();
      var place = line > 0 ? file + ":" + line : file.toString();
      var message = error.getMessage(Locale.ENGLISH).lines().toList();
      if (summary == null) {
        summary = place + ": " + message.get(0);
      } else {
        trace.append(place).append(": ").append(message.get(0)).append('\n');
      }
      message.subList(1, message.size()).forEach(m -> trace.append(m).append('\n'));
      if (line > 0 && line <= lines.size()) {
        var text = lines.get((int) line - 1).replace('\t', ' ');
        trace.append("  ").append(text).append('\n');
        int column = (int) Math.min(error.getColumnNumber(), text.length() + 1L);
        if (column > 0) {
          trace.append("  ").append(" ".repeat(column - 1)).append("^\n");
        }
      }
    }
    if (errors.size() > SHOWN_ERRORS) {
      trace.append("and ").append(errors.size() - SHOWN_ERRORS).append(" more errors\n");
    }
    return new CompileException(
        summary == null ? file + " cannot be compiled" : summary, trace.toString());
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(Path file, String text) {
      super(file.toUri(), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }

    /** A public class may have another name than its file. */
    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
      return kind == Kind.SOURCE;
    }
  }

  private static final class Output extends SimpleJavaFileObject {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Output(String name) {
      super(URI.create("memory:///" + name.replace('.', '/') + ".class"), Kind.CLASS);
    }

    @Override
    public OutputStream openOutputStream() {
      return bytes;
    }
  }

  private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, Output> classes;

    Memory(StandardJavaFileManager files, Map<String, Output> classes) {
      super(files);
      this.classes = classes;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        JavaFileManager.Location location,
        String className,
        JavaFileObject.Kind kind,
        FileObject sibling) {
      var output = new Output(className);
      classes.put(className, output);
      return output;
    }
  }
}
