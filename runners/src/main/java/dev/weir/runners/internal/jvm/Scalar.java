package dev.weir.runners.internal.jvm;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/** A number, a truth value or a text. */
final class Scalar extends Shape {

  private static final double EXACT = 0x1p63;
  private static final List<Class<?>> BOXES =
      List.of(
          Long.class,
          Integer.class,
          Short.class,
          Byte.class,
          Double.class,
          Float.class,
          Boolean.class,
          String.class,
          BigInteger.class,
          BigDecimal.class,
          Number.class);

  private final Class<?> box;
  private final String name;
  private final boolean nullable;

  Scalar(Class<?> type, boolean nullable) {
    this.box = java.lang.invoke.MethodType.methodType(type).wrap().returnType();
    this.name = type.getSimpleName();
    this.nullable = nullable;
  }

  static boolean knows(Class<?> type) {
    return BOXES.contains(type);
  }

  @Override
  Object read(Object json) {
    if (json == null) {
      if (nullable) {
        return null;
      }
      throw mismatch(null);
    }
    if (box == json.getClass()) {
      return json;
    }
    var value = convert(json);
    if (value == null) {
      throw mismatch(json);
    }
    return value;
  }

  /** Null when it cannot be. */
  private Object convert(Object json) {
    if (!(json instanceof Number number)) {
      return null;
    }
    if (box == Number.class) {
      return number;
    }
    if (box == Double.class) {
      double value = number.doubleValue();
      return Double.isFinite(value) ? (Object) value : null;
    }
    if (box == Float.class) {
      float value = number.floatValue();
      return Float.isFinite(value) ? (Object) value : null;
    }
    if (box == BigDecimal.class) {
      return number instanceof Double value
          ? BigDecimal.valueOf(value)
          : new BigDecimal(number.toString());
    }
    if (box == BigInteger.class) {
      return number instanceof Long value
          ? BigInteger.valueOf(value)
          : whole(number) ? new BigDecimal(number.doubleValue()).toBigInteger() : null;
    }
    if (!whole(number)) {
      return null;
    }
    long value = number.longValue();
    if (box == Long.class) {
      return value;
    }
    if (box == Integer.class) {
      return value == (int) value ? (Object) (int) value : null;
    }
    if (box == Short.class) {
      return value == (short) value ? (Object) (short) value : null;
    }
    if (box == Byte.class) {
      return value == (byte) value ? (Object) (byte) value : null;
    }
    return null;
  }

  /** Whether it is a long, perhaps written as a double: R has no other numbers. */
  private static boolean whole(Number number) {
    if (number instanceof Double value) {
      return value == Math.rint(value) && value >= -EXACT && value < EXACT;
    }
    return number instanceof Long;
  }

  @Override
  boolean immutable() {
    return true;
  }

  @Override
  String wanted() {
    return switch (name) {
      case "String" -> "a string";
      case "int", "Integer" -> "an int";
      default -> "a " + name;
    };
  }
}
