package dev.weir.app.internal;

/**
 * Where something is written.
 *
 * @param line from 1; 0 where nothing is written, because a program said it
 */
public record Place(String file, int line, int column) {

  /** What a Java program says. */
  public static Place of(String name) {
    return new Place(name, 0, 0);
  }

  @Override
  public String toString() {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
