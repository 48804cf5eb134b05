package weir;

import java.util.function.UnaryOperator;

/**
 * One value, shared by all runners of the model and kept by Weir. Made by {@link Model#cell}.
 *
 * <p>The value is kept as JSON, so that a model in another language finds it. What is put in or
 * read is a copy.
 */
public interface Cell<T> {

  String name();

  /**
   * The value.
   *
   * @throws dev.weir.runners.MisfitException when it is not of the cell's type
   */
  T get();

  /**
   * Replaces the value.
   *
   * @throws IllegalArgumentException when it is not a JSON value
   */
  void set(T value);

  /**
   * Replaces the value by what the function makes of it, as one step that no other runner can come
   * between. When the function throws, the value stays as it was.
   *
   * @return the new value
   * @throws DeadlockException when the function needs what another runner is updating, and that one
   *     needs what this one is updating
   */
  T update(UnaryOperator<T> function);
}
