package dev.weir.pond.internal;

import dev.weir.pond.Fish;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.temporal.TemporalAccessor;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;

/** What can be known of a fish from its definition. */
public final class Definitions {

  private static final Set<Class<?>> VALUES =
      Set.of(
          String.class,
          Boolean.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          Character.class,
          BigDecimal.class,
          BigInteger.class,
          UUID.class);

  private Definitions() {}

  /** Whether no value of the type can change, as far as its class shows. */
  public static boolean isImmutable(Class<?> type) {
    if (type.isPrimitive() || type.isEnum() || VALUES.contains(type)) {
      return true;
    }
    if (TemporalAccessor.class.isAssignableFrom(type) && type.getName().startsWith("java.time.")) {
      return true;
    }
    return type.isRecord()
        && Arrays.stream(type.getRecordComponents())
            .allMatch(c -> !c.getType().equals(type) && isImmutable(c.getType()));
  }

  public static String fingerprint(Fish<?, ?> fish) {
    return LogWriter.sha256(
            String.join(
                "\n",
                "1",
                fish.id().toString(),
                fish.where().toString(),
                fish.revision(),
                fish.isReset() == null ? "" : "resets",
                fish.onError() == Fish.OnError.STOP ? "" : "leaves out"))
        .substring(0, 32);
  }
}
