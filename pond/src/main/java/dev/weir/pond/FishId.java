package dev.weir.pond;

/**
 * Who a fish is. Fish of one id fold the same events alike; whoever changes the fold, its events or
 * the form of its state gives it another version.
 *
 * @param type what kind of thing it is, such as {@code ax.example.ChatRoom}; without a slash
 * @param name which one of these
 * @param version 0 or more
 */
public record FishId(String type, String name, int version) {

  private static final String SUBJECT = "fish:";

  public FishId {
    check(type, "type");
    check(name, "name");
    if (type.indexOf('/') >= 0) {
      throw new PondException("the type of a fish has no slash in it: " + type);
    }
    if (version < 0) {
      throw new PondException("the version of a fish is 0 or more, not " + version);
    }
  }

  private static void check(String text, String what) {
    if (text == null || text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
      throw new PondException(
          "the %s of a fish is empty or has control characters in it".formatted(what));
    }
  }

  public static FishId of(String type, String name, int version) {
    return new FishId(type, name, version);
  }

  /**
   * The fish of a text {@code TYPE/NAME@VERSION}.
   *
   * @throws PondException when it is none
   */
  public static FishId parse(String text) {
    int slash = text.indexOf('/');
    int at = text.lastIndexOf('@');
    if (slash <= 0 || at < slash || !text.substring(at + 1).matches("[0-9]{1,9}")) {
      throw new PondException("'%s' names no fish: write TYPE/NAME@VERSION".formatted(text));
    }
    return of(
        text.substring(0, slash),
        text.substring(slash + 1, at),
        Integer.parseInt(text.substring(at + 1)));
  }

  /** Under which name its snapshots are in the catalogue: {@code fish:TYPE/NAME@VERSION}. */
  public String subject() {
    return SUBJECT + type + "/" + name + "@" + version;
  }

  /** The subject of all versions, without the version. */
  String family() {
    return SUBJECT + type + "/" + name + "@";
  }

  /** Whether a subject of a store is a fish. */
  public static boolean isSubject(String subject) {
    return subject.matches("fish:[^/]+/.+@[0-9]+");
  }

  @Override
  public String toString() {
    return type + "/" + name + "@" + version;
  }
}
