package dev.weir.pond;

/** Ends what was begun. Doing so again changes nothing. */
@FunctionalInterface
public interface Cancel extends AutoCloseable {

  @Override
  void close();
}
