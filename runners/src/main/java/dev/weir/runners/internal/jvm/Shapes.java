package dev.weir.runners.internal.jvm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The Java types that JSON values can be read as, and the way back. Numbers are read as any type
 * that holds them exactly, but for doubles, which take every number; objects as maps or records;
 * arrays as lists or arrays. Belongs to one thread.
 */
final class Shapes {

  private static final int MAX_DEPTH = 1000;
  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  private final Map<Type, Shape> shapes = new HashMap<>();
  private final Map<Class<?>, Writer> writers = new HashMap<>();

  /** How the objects of a record class are written. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Writer(String[] names, MethodHandle[] accessors) {}

  /**
   * The shape of a type.
   *
   * @throws IllegalArgumentException when no JSON value can be read as it
   */
  Shape of(Type type) {
    var known = shapes.get(type);
    if (known == null) {
      known = make(type);
      shapes.put(type, known);
    }
    return known;
  }

  private Shape make(Type type) {
    if (type instanceof WildcardType wildcard) {
      return of(wildcard.getUpperBounds()[0]);
    }
    if (type instanceof GenericArrayType array) {
      return new ArrayShape(Object.class, of(array.getGenericComponentType()));
    }
    if (type instanceof ParameterizedType generic) {
      var raw = (Class<?>) generic.getRawType();
      var arguments = generic.getActualTypeArguments();
      if (raw == Map.class && arguments[0] == String.class) {
        return new MapShape(of(arguments[1]));
      }
      if (raw == List.class || raw == Collection.class || raw == Iterable.class) {
        return new ListShape(of(arguments[0]));
      }
      if (raw == Optional.class) {
        return new OptionalShape(of(arguments[0]));
      }
    }
    if (type instanceof Class<?> plain) {
      return ofClass(plain);
    }
    throw unsupported(type);
  }

  private Shape ofClass(Class<?> type) {
    if (type.isPrimitive() && type != char.class && type != void.class) {
      return new Scalar(type, false);
    }
    if (type == Object.class) {
      return new AnyShape();
    }
    if (type == Map.class) {
      return new MapShape(new AnyShape());
    }
    if (type == List.class || type == Collection.class || type == Iterable.class) {
      return new ListShape(new AnyShape());
    }
    if (Scalar.knows(type)) {
      return new Scalar(type, true);
    }
    if (type.isEnum()) {
      return new EnumShape(type);
    }
    if (type.isArray()) {
      return new ArrayShape(type.getComponentType(), of(type.getComponentType()));
    }
    if (type.isRecord()) {
      return recordShape(type);
    }
    throw unsupported(type);
  }

  private static IllegalArgumentException unsupported(Type type) {
    return new IllegalArgumentException(
        "the type "
            + type.getTypeName()
            + " is not one that a JSON value can be read as; there are long, int, double, boolean,"
            + " String, BigInteger, BigDecimal, enums, Object, List, arrays, Map<String, ...>,"
            + " Optional and records of these");
  }

  private Shape recordShape(Class<?> type) {
    var shape = new RecordShape(type);
    shapes.put(type, shape); // it may contain itself
    try {
      shape.complete(this);
      return shape;
    } catch (IllegalArgumentException e) {
      shapes.remove(type);
      throw new IllegalArgumentException(e.getMessage() + " (in " + type.getSimpleName() + ")", e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  static MethodHandles.Lookup inside(Class<?> type) throws IllegalAccessException {
    return MethodHandles.privateLookupIn(type, MethodHandles.lookup());
  }

  /**
   * The JSON value that an object stands for: a copy, unless it cannot be changed.
   *
   * @param subject what the value is, for a message
   * @throws IllegalArgumentException when it stands for none
   */
  Object toJson(Object value, Object subject) {
    if (value == null || value instanceof Long || value instanceof String) {
      return value;
    }
    try {
      return write(value, 0);
    } catch (Shape.Mismatch mismatch) {
      throw new IllegalArgumentException(mismatch.describe(subject.toString()));
    }
  }

  private Object write(Object value, int depth) {
    if (value == null
        || value instanceof Long
        || value instanceof String
        || value instanceof Boolean) {
      return value;
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      if (!Double.isFinite(number)) {
        throw new Shape.Mismatch(
            "is " + number + ", which JSON does not have: use null or a number");
      }
      return value instanceof Double ? value : (Object) number;
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof BigInteger number) {
      return number.compareTo(LEAST) >= 0 && number.compareTo(MOST) <= 0
          ? (Object) number.longValue()
          : number;
    }
    if (value instanceof Character || value instanceof Enum<?>) {
      return value instanceof Enum<?> constant ? constant.name() : value.toString();
    }
    if (depth >= MAX_DEPTH) {
      throw new Shape.Mismatch(
          "is nested deeper than " + MAX_DEPTH + " levels, or contains itself");
    }
    if (value instanceof Map<?, ?> map) {
      return writeMap(map, depth);
    }
    if (value instanceof List<?> list) {
      var copy = new ArrayList<Object>(list.size());
      for (var element : list) {
        copy.add(writeElement(element, copy.size(), depth));
      }
      return copy;
    }
    if (value instanceof Optional<?> optional) {
      return write(optional.orElse(null), depth + 1);
    }
    if (value.getClass().isArray()) {
      int length = Array.getLength(value);
      var copy = new ArrayList<Object>(length);
      for (int i = 0; i < length; i++) {
        copy.add(writeElement(Array.get(value, i), i, depth));
      }
      return copy;
    }
    if (value instanceof Record) {
      return writeRecord(value, depth);
    }
    throw new Shape.Mismatch(
        "is of type "
            + value.getClass().getName()
            + ", which is not a JSON value: "
            + wayOut(value));
  }

  private static String wayOut(Object value) {
    if (value instanceof Collection) {
      return "use List.copyOf(...)";
    }
    if (value instanceof BigDecimal) {
      return "use doubleValue() or toString()";
    }
    if (value instanceof CharSequence || value instanceof java.time.temporal.Temporal) {
      return "use toString()";
    }
    return "use null, a boolean, a number, a String, a List, a Map<String, ...> or a record";
  }

  private Object writeElement(Object element, int index, int depth) {
    try {
      return write(element, depth + 1);
    } catch (Shape.Mismatch mismatch) {
      throw mismatch.within("[" + index + "]");
    }
  }

  private Object writeMap(Map<?, ?> map, int depth) {
    var copy = new LinkedHashMap<String, Object>();
    for (var entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)) {
        throw new Shape.Mismatch(
            "has the key "
                + entry.getKey()
                + "; the keys of a JSON object are Strings: use String.valueOf(key)");
      }
      try {
        copy.put(key, write(entry.getValue(), depth + 1));
      } catch (Shape.Mismatch mismatch) {
        throw mismatch.within("." + key);
      }
    }
    return copy;
  }

  private Object writeRecord(Object value, int depth) {
    var writer = writers.computeIfAbsent(value.getClass(), Shapes::writer);
    var copy = new LinkedHashMap<String, Object>();
    for (int i = 0; i < writer.names().length; i++) {
      try {
        copy.put(writer.names()[i], write(get(writer.accessors()[i], value), depth + 1));
      } catch (Shape.Mismatch mismatch) {
        throw mismatch.within("." + writer.names()[i]);
      }
    }
    return copy;
  }

  private static Object get(MethodHandle accessor, Object record) {
    try {
      return accessor.invokeExact(record);
    } catch (Throwable failure) {
      throw Shapes.<RuntimeException>sneaky(failure);
    }
  }

  private static Writer writer(Class<?> type) {
    var components = type.getRecordComponents();
    var accessors = new MethodHandle[components.length];
    try {
      for (int i = 0; i < components.length; i++) {
        accessors[i] =
            inside(type)
                .unreflect(components[i].getAccessor())
                .asType(java.lang.invoke.MethodType.methodType(Object.class, Object.class));
      }
    } catch (IllegalAccessException e) {
      throw new IllegalArgumentException(type.getName() + " may not be read", e);
    }
    return new Writer(
        Arrays.stream(components).map(RecordComponent::getName).toArray(String[]::new), accessors);
  }

  /** Throws what may be checked, as it is. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <E extends Throwable> E sneaky(Throwable failure) throws E {
    throw (E) failure;
  }

  /** Any JSON value, as it is. */
  private final class AnyShape extends Shape {
    @Override
    Object read(Object json) {
      return json instanceof Map || json instanceof List ? write(json, 0) : json;
    }

    @Override
    boolean immutable() {
      return false;
    }

    @Override
    String wanted() {
      return "anything";
    }
  }

  private static final class MapShape extends Shape {
    private final Shape values;

    MapShape(Shape values) {
      this.values = values;
    }

    @Override
    Object read(Object json) {
      if (json == null) {
        return null;
      }
      if (!(json instanceof Map<?, ?> map)) {
        throw mismatch(json);
      }
      var copy = new LinkedHashMap<Object, Object>();
      for (var entry : map.entrySet()) {
        try {
          copy.put(entry.getKey(), values.read(entry.getValue()));
        } catch (Mismatch mismatch) {
          throw mismatch.within("." + entry.getKey());
        }
      }
      return copy;
    }

    @Override
    boolean immutable() {
      return false;
    }

    @Override
    String wanted() {
      return "an object";
    }
  }

  private static final class ListShape extends Shape {
    private final Shape elements;

    ListShape(Shape elements) {
      this.elements = elements;
    }

    @Override
    Object read(Object json) {
      if (json == null) {
        return null;
      }
      if (!(json instanceof List<?> list)) {
        throw mismatch(json);
      }
      var copy = new ArrayList<Object>(list.size());
      for (var element : list) {
        copy.add(readElement(elements, element, copy.size()));
      }
      return copy;
    }

    @Override
    boolean immutable() {
      return false;
    }

    @Override
    String wanted() {
      return "an array";
    }
  }

  private static Object readElement(Shape elements, Object element, int index) {
    try {
      return elements.read(element);
    } catch (Shape.Mismatch mismatch) {
      throw mismatch.within("[" + index + "]");
    }
  }

  private static final class ArrayShape extends Shape {
    private final Class<?> component;
    private final Shape elements;

    ArrayShape(Class<?> component, Shape elements) {
      this.component = component;
      this.elements = elements;
    }

    @Override
    Object read(Object json) {
      if (json == null) {
        return null;
      }
      if (!(json instanceof List<?> list)) {
        throw mismatch(json);
      }
      var array = Array.newInstance(component, list.size());
      int i = 0;
      for (var element : list) {
        Array.set(array, i, readElement(elements, element, i));
        i++;
      }
      return array;
    }

    @Override
    boolean immutable() {
      return false;
    }

    @Override
    String wanted() {
      return "an array";
    }
  }

  private static final class OptionalShape extends Shape {
    private final Shape value;

    OptionalShape(Shape value) {
      this.value = value;
    }

    @Override
    Object read(Object json) {
      return json == null ? Optional.empty() : Optional.of(value.read(json));
    }

    @Override
    boolean immutable() {
      return value.immutable();
    }

    @Override
    String wanted() {
      return value.wanted();
    }
  }

  private static final class EnumShape extends Shape {
    private final Map<String, Object> constants = new LinkedHashMap<>();

    EnumShape(Class<?> type) {
      for (var constant : type.getEnumConstants()) {
        constants.put(((Enum<?>) constant).name(), constant);
      }
    }

    @Override
    Object read(Object json) {
      var constant = json instanceof String ? constants.get(json) : null;
      if (constant == null && json != null) {
        throw mismatch(json);
      }
      return constant;
    }

    @Override
    boolean immutable() {
      return true;
    }

    @Override
    String wanted() {
      return constants.keySet().stream()
          .map(name -> '"' + name + '"')
          .collect(Collectors.joining(" or "));
    }
  }

  /** An object whose keys are the components; keys that are none are left out. */
  private static final class RecordShape extends Shape {
    private final Class<?> type;
    private String[] names;
    private Shape[] components;
    private MethodHandle constructor;
    private boolean immutable;

    RecordShape(Class<?> type) {
      this.type = type;
    }

    void complete(Shapes shapes) throws IllegalAccessException {
      var all = type.getRecordComponents();
      names = Arrays.stream(all).map(RecordComponent::getName).toArray(String[]::new);
      components = Arrays.stream(all).map(c -> shapes.of(c.getGenericType())).toArray(Shape[]::new);
      // One that contains itself counts as what can be changed.
      immutable = Arrays.stream(components).allMatch(Shape::immutable);
      var types = Arrays.stream(all).map(RecordComponent::getType).toArray(Class<?>[]::new);
      try {
        constructor =
            inside(type)
                .unreflectConstructor(type.getDeclaredConstructor(types))
                .asSpreader(Object[].class, types.length)
                .asType(java.lang.invoke.MethodType.methodType(Object.class, Object[].class));
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException("every record has its canonical constructor", e);
      }
    }

    @Override
    Object read(Object json) {
      if (json == null) {
        return null;
      }
      if (!(json instanceof Map<?, ?> map)) {
        throw mismatch(json);
      }
      var arguments = new Object[names.length];
      for (int i = 0; i < arguments.length; i++) {
        var value = map.get(names[i]);
        if (value == null
            && !(components[i] instanceof OptionalShape)
            && !map.containsKey(names[i])) {
          throw new Mismatch(
              "has no '"
                  + names[i]
                  + "', which "
                  + type.getSimpleName()
                  + " wants; it has "
                  + (map.isEmpty() ? "nothing" : String.join(", ", keys(map))));
        }
        try {
          arguments[i] = components[i].read(value);
        } catch (Mismatch mismatch) {
          throw mismatch.within("." + names[i]);
        }
      }
      try {
        return constructor.invokeExact(arguments);
      } catch (Throwable failure) {
        throw Shapes.<RuntimeException>sneaky(failure);
      }
    }

    private static List<String> keys(Map<?, ?> map) {
      return map.keySet().stream().limit(20).map(String::valueOf).toList();
    }

    @Override
    boolean immutable() {
      return immutable;
    }

    @Override
    String wanted() {
      return "an object for " + type.getSimpleName();
    }
  }
}
