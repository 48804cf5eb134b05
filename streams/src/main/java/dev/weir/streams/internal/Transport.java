package dev.weir.streams.internal;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A kind of transport: what it is called, the fields of its descriptor and what it can do.
 * Stateless. {@link Transports} knows them all.
 */
interface Transport {

  /** What a transport can do. */
  enum Ability {
    READ,
    WRITE,
    /** It can be read from any place. */
    SEEK,
    /** It carries messages, not bytes: it needs no envelope. */
    MESSAGES,
    /** Its records are not bytes at all: it has neither encoding nor schema. */
    ROWS
  }

  /** As a descriptor's type names it, such as {@code kafka}. */
  String name();

  List<Field> fields();

  /** What it can do with these settings. */
  Set<Ability> abilities(Settings settings);

  /**
   * The descriptor, as one would write it, of a URL.
   *
   * @param scheme the text before the first colon, in lower case
   * @param rest what follows it, as it was written
   * @throws dev.weir.state.WeirException when it is not of the form that it must be
   */
  Map<String, Object> fromUrl(String scheme, String rest);

  /** The stream of a descriptor of this kind, which has been checked. */
  TransportStream stream(Descriptor descriptor);

  /** What skip-to-record is where a descriptor leaves it out. */
  default Object usualSkipToRecord(boolean loop) {
    return null;
  }

  /**
   * Checks what the fields alone do not say.
   *
   * @throws dev.weir.state.WeirException when they do not fit each other
   */
  default void check(Descriptor descriptor) {}
}
