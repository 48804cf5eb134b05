package dev.weir.runners.internal.jvm;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Defines the classes of one model for one runner. In them, {@code System.out} and {@code
 * System.err} are those of {@link Console}.
 */
public final class Loader extends ClassLoader {

  private static final String CONSOLE = Console.class.getName();

  private final Map<String, byte[]> classes;
  private final PrintStream printer;

  Loader(Map<String, byte[]> classes, Consumer<String> lines) {
    super(Loader.class.getClassLoader());
    this.classes = classes;
    this.printer = new PrintStream(new Lines(lines), true, StandardCharsets.UTF_8);
  }

  /** Where the models of a loader print to. */
  public static PrintStream printer(Class<?> console) {
    return console.getClassLoader() instanceof Loader loader ? loader.printer : System.err;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      var loaded = findLoadedClass(name);
      if (loaded == null && name.equals(CONSOLE)) {
        loaded = define(name, console());
      }
      return loaded != null ? loaded : super.loadClass(name, resolve);
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = classes.get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return define(name, ClassFile.redirect(bytes));
  }

  private Class<?> define(String name, byte[] bytes) {
    return defineClass(name, bytes, 0, bytes.length);
  }

  private static byte[] console() {
    try (var in = Console.class.getResourceAsStream("Console.class")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives lines on when they are whole. */
  private static final class Lines extends OutputStream {
    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(Consumer<String> lines) {
      this.lines = lines;
    }

    @Override
    public synchronized void write(int b) {
      if (b == '\n') {
        var text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        lines.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
      } else {
        line.write(b);
      }
    }
  }

  /** Class files, as far as their constants (Java Virtual Machine Specification, 4.4). */
  private static final class ClassFile {
    private static final int UTF8 = 1;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int CLASS = 7;
    private static final int FIELD = 9;
    private static final int NAME_AND_TYPE = 12;

    /** Where each constant begins, at its tag; 0 for what is none. */
    private final int[] at;

    private final byte[] bytes;
    private final int end;

    private ClassFile(byte[] bytes) throws IOException {
      this.bytes = bytes;
      at = new int[number(8)];
      int position = 10;
      for (int i = 1; i < at.length; i++) {
        at[i] = position;
        int tag = bytes[position];
        if (tag == LONG || tag == DOUBLE) {
          i++;
        }
        position += size(tag, position);
      }
      end = position;
    }

    /** The class with its uses of the two fields of System made to those of Console. */
    static byte[] redirect(byte[] bytes) {
      try {
        return new ClassFile(bytes).redirected();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private byte[] redirected() throws IOException {
      var copy = bytes.clone();
      boolean changed = false;
      for (int i = 1; i < at.length; i++) {
        if (at[i] > 0 && bytes[at[i]] == FIELD && isOfSystem(at[i])) {
          copy[at[i] + 1] = (byte) (at.length >> 8);
          copy[at[i] + 2] = (byte) at.length;
          changed = true;
        }
      }
      if (!changed || at.length > 0xfffd) {
        return bytes;
      }
      // Two constants more: the class, and its name.
      var whole = new ByteArrayOutputStream(copy.length + 100);
      var out = new DataOutputStream(whole);
      out.write(copy, 0, 8);
      out.writeShort(at.length + 2);
      out.write(copy, 10, end - 10);
      out.writeByte(CLASS);
      out.writeShort(at.length + 1);
      out.writeByte(UTF8);
      out.writeUTF(CONSOLE.replace('.', '/'));
      out.write(copy, end, copy.length - end);
      return whole.toByteArray();
    }

    private boolean isOfSystem(int field) throws IOException {
      int type = at[number(field + 1)];
      int nameAndType = at[number(field + 3)];
      if (bytes[type] != CLASS || bytes[nameAndType] != NAME_AND_TYPE) {
        return false;
      }
      var name = text(number(nameAndType + 1));
      return text(number(type + 1)).equals("java/lang/System")
          && (name.equals("out") || name.equals("err"));
    }

    private String text(int constant) throws IOException {
      int from = at[constant] + 1;
      return new DataInputStream(new java.io.ByteArrayInputStream(bytes, from, bytes.length - from))
          .readUTF();
    }

    private int number(int position) {
      return (bytes[position] & 0xff) << 8 | (bytes[position + 1] & 0xff);
    }

    private int size(int tag, int position) throws IOException {
      return switch (tag) {
        case UTF8 -> 3 + number(position + 1);
        case 3, 4, FIELD, 10, 11, NAME_AND_TYPE, 17, 18 -> 5;
        case LONG, DOUBLE -> 9;
        case CLASS, 8, 16, 19, 20 -> 3;
        case 15 -> 4;
        default -> throw new IOException("a class file with a constant of the kind " + tag);
      };
    }
  }
}
