package dev.weir.views;

import dev.weir.graph.Json;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * How the rows of a stream are kept in the columns of a table: a record as one column for each
 * component, a record inside it by the columns of its own, named with it; a plain value in the
 * column {@code value}.
 */
abstract class RowType<T> implements Comparator<T> {

  private static final Map<Class<?>, Class<?>> BOXES =
      Map.of(
          long.class, Long.class,
          int.class, Integer.class,
          short.class, Short.class,
          byte.class, Byte.class,
          double.class, Double.class,
          float.class, Float.class,
          boolean.class, Boolean.class,
          char.class, Character.class);

  /** Adds the columns; {@code name} is empty for a whole row. */
  abstract void columns(String name, boolean nullable, List<Column> to);

  /** Writes the values of a row from position {@code at} on; the next position. */
  abstract int encode(T row, Object[] to, int at);

  /** Reads a row. */
  abstract T decode(Row from, int at);

  abstract int width();

  /** Whether a row may be null; only what is one nullable column can tell that from a row. */
  boolean takesNull() {
    return false;
  }

  /** A row that a function has made. */
  final Object checked(Object row) {
    if (row == null && !takesNull()) {
      throw new ViewException("it makes null, which is no row of type " + text());
    }
    return row;
  }

  /** The order of rows where nothing else decides; nulls first. */
  @Override
  public abstract int compare(T a, T b);

  /** As {@code explain} shows it, and as a store remembers it. */
  final String text() {
    return text(List.of());
  }

  /** As it was before these components were added. */
  abstract String text(List<Added> without);

  /** For each column, what is declared for rows that lack it, or {@link Added#UNKNOWN}. */
  void defaults(List<Added> added, List<Object> to) {
    to.addAll(Collections.nCopies(width(), Added.UNKNOWN));
  }

  final List<Column> columns() {
    var columns = new ArrayList<Column>();
    columns("", false, columns);
    return columns;
  }

  static <T> RowType<T> of(Class<T> type) {
    return of((Type) type, type.getSimpleName());
  }

  @SuppressWarnings("unchecked") // the type given is the type made
  private static <T> RowType<T> of(Type type, String where) {
    if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
      return (RowType<T>) new Maybe<>(of(generic.getActualTypeArguments()[0], where));
    }
    var raw = type instanceof ParameterizedType generic ? generic.getRawType() : type;
    if (!(raw instanceof Class<?> given)) {
      throw unknown(type, where);
    }
    var boxed = BOXES.getOrDefault(given, given);
    var scalar = scalar(boxed);
    if (scalar != null) {
      return (RowType<T>) (given.isPrimitive() ? new Never<>(scalar) : scalar);
    }
    if (given.isRecord()) {
      return (RowType<T>) RecordType.of(given, where);
    }
    throw unknown(type, where);
  }

  private static ViewException unknown(Type type, String where) {
    return new ViewException(
        "%s: rows of type %s have no columns. Use records, whole numbers, doubles, text, booleans, decimals, dates, times, UUIDs, enums, or an Optional of them"
            .formatted(where, type.getTypeName()));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // each class with its own conversion
  private static RowType<?> scalar(Class<?> type) {
    if (type == Long.class) {
      return new Scalar<Long>("Long", ColumnType.INTEGER, v -> v, v -> (Long) v);
    } else if (type == Integer.class) {
      return new Scalar<Integer>(
          "Integer", ColumnType.INTEGER, Integer::longValue, v -> Math.toIntExact((Long) v));
    } else if (type == Short.class) {
      return new Scalar<Short>(
          "Short", ColumnType.INTEGER, Short::longValue, v -> ((Long) v).shortValue());
    } else if (type == Byte.class) {
      return new Scalar<Byte>(
          "Byte", ColumnType.INTEGER, Byte::longValue, v -> ((Long) v).byteValue());
    } else if (type == Double.class) {
      return new Scalar<Double>("Double", ColumnType.REAL, v -> v, v -> (Double) v);
    } else if (type == Float.class) {
      return new Scalar<Float>(
          "Float", ColumnType.REAL, Float::doubleValue, v -> ((Double) v).floatValue());
    } else if (type == Boolean.class) {
      return new Scalar<Boolean>("Boolean", ColumnType.BOOLEAN, v -> v, v -> (Boolean) v);
    } else if (type == String.class) {
      return new Scalar<String>("String", ColumnType.TEXT, v -> v, v -> (String) v);
    } else if (type == Character.class) {
      return text("Character", String::valueOf, v -> v.charAt(0));
    } else if (type == BigDecimal.class) {
      return text("BigDecimal", BigDecimal::toString, BigDecimal::new);
    } else if (type == BigInteger.class) {
      return text("BigInteger", BigInteger::toString, BigInteger::new);
    } else if (type == LocalDate.class) {
      return text("LocalDate", LocalDate::toString, LocalDate::parse);
    } else if (type == LocalTime.class) {
      return text("LocalTime", LocalTime::toString, LocalTime::parse);
    } else if (type == LocalDateTime.class) {
      return new Scalar<LocalDateTime>(
          "LocalDateTime",
          ColumnType.TEXT,
          LocalDateTime::toString,
          v -> LocalDateTime.parse((String) v));
    } else if (type == UUID.class) {
      return text("UUID", UUID::toString, UUID::fromString);
    } else if (type == Instant.class) {
      return new Scalar<Instant>("Instant", ColumnType.INSTANT, RowType::micros, v -> (Instant) v);
    } else if (type.isEnum()) {
      return RowType.<Enum>text(
          type.getSimpleName(), Enum::name, v -> Enum.valueOf((Class) type, v));
    }
    return null;
  }

  /** A type that is kept as text. */
  static <T extends Comparable<? super T>> RowType<T> text(
      String name, Function<T, String> to, Function<String, T> from) {
    return new Scalar<T>(name, ColumnType.TEXT, to::apply, v -> from.apply((String) v));
  }

  private static Instant micros(Instant instant) {
    if (!instant.truncatedTo(ChronoUnit.MICROS).equals(instant)) {
      throw new ViewException(
          "the time %s is finer than a microsecond, which tables do not hold; cut it with truncatedTo(ChronoUnit.MICROS)"
              .formatted(instant));
    }
    return instant;
  }

  /** A value as columns keep it. */
  static Object plain(Object value) {
    if (value == null) {
      return null;
    }
    var type = scalar(value.getClass());
    if (type == null) {
      throw new ViewException(
          "%s is no value of a column".formatted(value.getClass().getTypeName()));
    }
    var to = new Object[1];
    encodeAny(type, value, to);
    return to[0];
  }

  @SuppressWarnings("unchecked") // the type of the value itself
  private static <T> void encodeAny(RowType<T> type, Object value, Object[] to) {
    type.encode((T) value, to, 0);
  }

  /** A join's rows. */
  static <L, R> RowType<Pair<L, R>> pair(RowType<L> left, RowType<R> right) {
    return new Both<Pair<L, R>, L, R>("Pair", "left", "right", left, right, Pair::new) {
      @Override
      L first(Pair<L, R> row) {
        return row.left();
      }

      @Override
      R second(Pair<L, R> row) {
        return row.right();
      }
    };
  }

  /** A group's result. */
  static <K, V> RowType<Grouped<K, V>> grouped(RowType<K> key, RowType<V> value) {
    return new Both<Grouped<K, V>, K, V>("Grouped", "key", "value", key, value, Grouped::new) {
      @Override
      K first(Grouped<K, V> row) {
        return row.key();
      }

      @Override
      V second(Grouped<K, V> row) {
        return row.value();
      }
    };
  }

  /** A Z-set as a JSON array of arrays: the values of each row, then its weight. */
  static <T> RowType<ZSet<T>> zset(RowType<T> rows) {
    return new SetType<>(rows);
  }

  static String snake(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  private static String joined(String name, String part) {
    return name.isEmpty() ? part : name + "_" + part;
  }

  private static <X> int compareNulls(X a, X b, Comparator<X> values) {
    return a == null ? (b == null ? 0 : -1) : b == null ? 1 : values.compare(a, b);
  }

  /** One column. */
  private static final class Scalar<T extends Comparable<? super T>> extends RowType<T> {
    private final String name;
    private final ColumnType type;
    private final Function<T, Object> to;
    private final Function<Object, T> from;

    @SuppressWarnings("unchecked") // every scalar compares with its own kind
    Scalar(String name, ColumnType type, Function<T, Object> to, Function<Object, T> from) {
      this.name = name;
      this.type = type;
      this.to = to;
      this.from = from;
    }

    @Override
    boolean takesNull() {
      return true;
    }

    @Override
    void columns(String name, boolean nullable, List<Column> to) {
      to.add(new Column(name.isEmpty() ? "value" : name, type, true));
    }

    @Override
    int encode(T row, Object[] values, int at) {
      values[at] = row == null ? null : to.apply(row);
      return at + 1;
    }

    @Override
    T decode(Row row, int at) {
      return row.get(at) == null ? null : from.apply(row.get(at));
    }

    @Override
    int width() {
      return 1;
    }

    @Override
    public int compare(T a, T b) {
      return compareNulls(a, b, Scalar::values);
    }

    /** Decimals that are equal in size but not equal have an order too. */
    private static <X extends Comparable<? super X>> int values(X a, X b) {
      int c = a.compareTo(b);
      return c == 0 && a instanceof BigDecimal x && b instanceof BigDecimal y
          ? Integer.compare(x.scale(), y.scale())
          : c;
    }

    @Override
    String text(List<Added> without) {
      return name;
    }
  }

  /** A primitive: never null. */
  private static final class Never<T> extends RowType<T> {
    private final RowType<T> type;

    Never(RowType<T> type) {
      this.type = type;
    }

    @Override
    void columns(String name, boolean nullable, List<Column> to) {
      var columns = new ArrayList<Column>();
      type.columns(name, nullable, columns);
      columns.forEach(c -> to.add(new Column(c.name(), c.type(), nullable)));
    }

    @Override
    int encode(T row, Object[] to, int at) {
      return type.encode(row, to, at);
    }

    @Override
    T decode(Row from, int at) {
      return type.decode(from, at);
    }

    @Override
    int width() {
      return 1;
    }

    @Override
    public int compare(T a, T b) {
      return type.compare(a, b);
    }

    @Override
    String text(List<Added> without) {
      return type.text(without).toLowerCase(Locale.ROOT);
    }
  }

  /** An optional value: null in its columns when it is empty. */
  private static final class Maybe<T> extends RowType<Optional<T>> {
    private final RowType<T> type;

    Maybe(RowType<T> type) {
      this.type = type;
    }

    @Override
    void columns(String name, boolean nullable, List<Column> to) {
      type.columns(name, true, to);
    }

    @Override
    int encode(Optional<T> row, Object[] to, int at) {
      if (row == null || row.isEmpty()) {
        return at + type.width();
      }
      return type.encode(row.get(), to, at);
    }

    @Override
    Optional<T> decode(Row from, int at) {
      return Optional.ofNullable(type.decode(from, at));
    }

    @Override
    int width() {
      return type.width();
    }

    @Override
    public int compare(Optional<T> a, Optional<T> b) {
      return compareNulls(a, b, (x, y) -> compareNulls(x.orElse(null), y.orElse(null), type));
    }

    @Override
    String text(List<Added> without) {
      return "Optional<" + type.text(without) + ">";
    }
  }

  /** A record. */
  private static final class RecordType<T> extends RowType<T> {
    private final Class<T> type;
    private final String name;
    private final List<String> names;
    private final List<RowType<Object>> types;
    private final MethodHandle[] accessors;
    private final MethodHandle constructor;
    private final int width;

    private RecordType(
        Class<T> type,
        List<String> names,
        List<RowType<Object>> types,
        MethodHandle[] accessors,
        MethodHandle constructor) {
      this.type = type;
      this.name = type.getSimpleName();
      this.names = names;
      this.types = types;
      this.accessors = accessors;
      this.constructor = constructor;
      this.width = types.stream().mapToInt(RowType::width).sum();
    }

    static <T> RecordType<T> of(Class<T> type, String where) {
      var lookup = MethodHandles.lookup();
      var components = type.getRecordComponents();
      var names = new ArrayList<String>();
      var types = new ArrayList<RowType<Object>>();
      var accessors = new MethodHandle[components.length];
      try {
        for (int i = 0; i < components.length; i++) {
          var accessor = components[i].getAccessor();
          accessor.setAccessible(true);
          accessors[i] =
              lookup.unreflect(accessor).asType(MethodType.methodType(Object.class, Object.class));
          names.add(snake(components[i].getName()));
          RowType<Object> part =
              RowType.of(components[i].getGenericType(), where + "." + components[i].getName());
          types.add(part instanceof RecordType ? new Part<>(part) : part);
        }
        var constructor =
            type.getDeclaredConstructor(
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        constructor.setAccessible(true);
        var spread =
            lookup
                .unreflectConstructor(constructor)
                .asSpreader(Object[].class, components.length)
                .asType(MethodType.methodType(Object.class, Object[].class));
        return new RecordType<>(type, names, types, accessors, spread);
      } catch (ReflectiveOperationException | RuntimeException e) {
        if (e instanceof ViewException known) {
          throw known;
        }
        throw new ViewException(
            "%s: the record %s cannot be read: %s".formatted(where, type.getName(), e), e);
      }
    }

    @Override
    void columns(String prefix, boolean nullable, List<Column> to) {
      for (int i = 0; i < types.size(); i++) {
        types.get(i).columns(joined(prefix, names.get(i)), nullable, to);
      }
    }

    @Override
    int encode(T row, Object[] to, int at) {
      int next = at;
      for (int i = 0; i < accessors.length; i++) {
        if (row == null) {
          next += types.get(i).width();
        } else {
          next = types.get(i).encode(component(row, i), to, next);
        }
      }
      return next;
    }

    private Object component(T row, int i) {
      try {
        return accessors[i].invokeExact((Object) row);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new ViewException(
            "the component %s of %s fails: %s".formatted(names.get(i), name, e), e);
      }
    }

    @Override
    @SuppressWarnings("unchecked") // the constructor of the record
    T decode(Row from, int at) {
      var values = new Object[types.size()];
      int next = at;
      for (int i = 0; i < values.length; i++) {
        values[i] = types.get(i).decode(from, next);
        next += types.get(i).width();
      }
      try {
        return (T) (Object) constructor.invokeExact(values);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new ViewException("a kept %s cannot be made again: %s".formatted(name, e), e);
      }
    }

    @Override
    int width() {
      return width;
    }

    @Override
    public int compare(T a, T b) {
      return compareNulls(
          a,
          b,
          (x, y) -> {
            for (int i = 0; i < accessors.length; i++) {
              int c = types.get(i).compare(component(x, i), component(y, i));
              if (c != 0) {
                return c;
              }
            }
            return 0;
          });
    }

    @Override
    String text(List<Added> without) {
      var parts = new ArrayList<String>();
      for (int i = 0; i < types.size(); i++) {
        if (added(i, without) == null) {
          parts.add(names.get(i) + " " + types.get(i).text(without));
        }
      }
      return name + "(" + String.join(", ", parts) + ")";
    }

    private Added added(int component, List<Added> added) {
      for (var each : added) {
        if (each.type() == type && snake(each.component()).equals(names.get(component))) {
          return each;
        }
      }
      return null;
    }

    @Override
    void defaults(List<Added> added, List<Object> to) {
      for (int i = 0; i < types.size(); i++) {
        var each = added(i, added);
        if (each == null) {
          types.get(i).defaults(added, to);
        } else {
          var values = new Object[types.get(i).width()];
          types.get(i).encode(each.value(), values, 0);
          Collections.addAll(to, values);
        }
      }
    }
  }

  /**
   * A part of a row that may be missing as a whole: its columns, then, where those may all be null
   * by themselves, whether it is there.
   */
  private static final class Part<T> extends RowType<T> {
    private final RowType<T> type;
    private final boolean marked;

    Part(RowType<T> type) {
      this.type = type;
      this.marked = type instanceof RecordType || type instanceof Both;
    }

    @Override
    void columns(String name, boolean nullable, List<Column> to) {
      var columns = new ArrayList<Column>();
      type.columns(name, true, columns);
      columns.forEach(c -> to.add(new Column(c.name(), c.type(), true)));
      if (marked) {
        to.add(new Column(name + "_is", ColumnType.BOOLEAN, true));
      }
    }

    @Override
    int encode(T row, Object[] to, int at) {
      int next = row == null ? at + type.width() : type.encode(row, to, at);
      if (marked) {
        to[next++] = row != null;
      }
      return next;
    }

    @Override
    T decode(Row from, int at) {
      return marked && !Boolean.TRUE.equals(from.get(at + type.width()))
          ? null
          : type.decode(from, at);
    }

    @Override
    int width() {
      return type.width() + (marked ? 1 : 0);
    }

    @Override
    public int compare(T a, T b) {
      return compareNulls(a, b, type);
    }

    @Override
    void defaults(List<Added> added, List<Object> to) {
      type.defaults(added, to);
      if (marked) {
        to.add(Added.UNKNOWN);
      }
    }

    @Override
    String text(List<Added> without) {
      return type.text(without);
    }
  }

  private abstract static class Both<T, A, B> extends RowType<T> {
    private final String kind;
    private final String firstName;
    private final String secondName;
    private final Part<A> first;
    private final Part<B> second;
    private final java.util.function.BiFunction<A, B, T> make;

    Both(
        String kind,
        String firstName,
        String secondName,
        RowType<A> first,
        RowType<B> second,
        java.util.function.BiFunction<A, B, T> make) {
      this.kind = kind;
      this.firstName = firstName;
      this.secondName = secondName;
      this.first = new Part<>(first);
      this.second = new Part<>(second);
      this.make = make;
    }

    abstract A first(T row);

    abstract B second(T row);

    @Override
    void columns(String name, boolean nullable, List<Column> to) {
      first.columns(joined(name, firstName), nullable, to);
      second.columns(joined(name, secondName), nullable, to);
    }

    @Override
    int encode(T row, Object[] to, int at) {
      return row == null
          ? at + width()
          : second.encode(second(row), to, first.encode(first(row), to, at));
    }

    @Override
    T decode(Row from, int at) {
      return make.apply(first.decode(from, at), second.decode(from, at + first.width()));
    }

    @Override
    int width() {
      return first.width() + second.width();
    }

    @Override
    public int compare(T a, T b) {
      return compareNulls(
          a,
          b,
          (x, y) -> {
            int c = first.compare(first(x), first(y));
            return c != 0 ? c : second.compare(second(x), second(y));
          });
    }

    @Override
    String text(List<Added> without) {
      return kind + "<" + first.text(without) + ", " + second.text(without) + ">";
    }

    @Override
    void defaults(List<Added> added, List<Object> to) {
      first.defaults(added, to);
      second.defaults(added, to);
    }
  }

  private static final class SetType<T> extends RowType<ZSet<T>> {
    private final RowType<T> rows;
    private final List<Column> columns;

    SetType(RowType<T> rows) {
      this.rows = rows;
      this.columns = rows.columns();
    }

    @Override
    void columns(String name, boolean nullable, List<Column> to) {
      to.add(new Column(name.isEmpty() ? "value" : name, ColumnType.JSON, true));
    }

    @Override
    int encode(ZSet<T> set, Object[] to, int at) {
      if (set != null) {
        var sorted = new ArrayList<>(set.rows());
        sorted.sort(rows);
        var all = new ArrayList<Object>();
        for (var row : sorted) {
          var values = new Object[rows.width() + 1];
          rows.encode(row, values, 0);
          values[rows.width()] = set.weight(row);
          for (int i = 0; i < rows.width(); i++) {
            if (values[i] instanceof Instant instant) {
              values[i] = instant.toString();
            }
          }
          all.add(Arrays.asList(values));
        }
        to[at] = Json.toText(all);
      }
      return at + 1;
    }

    @Override
    ZSet<T> decode(Row from, int at) {
      if (from.get(at) == null) {
        return null;
      }
      var set = ZSet.<T>builder();
      for (var each : (List<?>) Json.parse(from.text(at))) {
        var values = ((List<?>) each).toArray();
        for (int i = 0; i < rows.width(); i++) {
          if (values[i] != null && columns.get(i).type() == ColumnType.INSTANT) {
            values[i] = Instant.parse((String) values[i]);
          }
        }
        set.add(rows.decode(Row.of(values), 0), (Long) values[rows.width()]);
      }
      return set.build();
    }

    @Override
    int width() {
      return 1;
    }

    @Override
    public int compare(ZSet<T> a, ZSet<T> b) {
      return compareNulls(a, b, Comparator.comparing(this::encoded));
    }

    private String encoded(ZSet<T> set) {
      var to = new Object[1];
      encode(set, to, 0);
      return (String) to[0];
    }

    @Override
    String text(List<Added> without) {
      // Rows inside a JSON text are not migrated: without one of their components they are others.
      return "ZSet<" + rows.text() + ">";
    }
  }
}
