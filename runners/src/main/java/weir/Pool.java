package weir;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A map of keys to values, shared by all runners of the model and kept by Weir. Made by {@link
 * Model#pool}.
 *
 * <p>Values are kept as JSON, so that a model in another language finds them. What is put in or
 * read is a copy.
 */
public interface Pool<T> {

  String name();

  /**
   * The value of a key.
   *
   * @throws dev.weir.runners.MisfitException when it is not of the pool's type
   */
  T get(String key);

  /**
   * Sets the value of a key.
   *
   * @throws IllegalArgumentException when it is not a JSON value
   */
  void set(String key, T value);

  /**
   * Replaces the value of a key by what the function makes of it, as one step that no other runner
   * can come between. When the function throws, the value stays as it was.
   *
   * @return the new value
   * @throws DeadlockException when the function needs what another runner is updating, and that one
   *     needs what this one is updating
   */
  T update(String key, UnaryOperator<T> function);

  /** Removes a key; tells whether it was there. */
  boolean delete(String key);

  boolean contains(String key);

  /** All keys. */
  List<String> keys();

  /** All keys with their values. */
  Map<String, T> items();

  int size();
}
