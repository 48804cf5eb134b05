package dev.weir.runners.internal.jvm;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import dev.weir.runners.ProgramSpec;
import fastscore.IJavaModel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import weir.Model;

/** An instance of a model's class and its functions, ready to be called. One runner's own. */
public @SuppressWarnings("UnusedMethod") // own() finds some of them by name
final class Functions {

  private static final String DATA = "the record";
  private static final int MOST_PARAMETERS = 3;

  /** The form in which every function is called: with record, slot and sequence number. */
  private static final MethodType CALL =
      MethodType.methodType(Object.class, Object.class, int.class, long.class);

  /** A function of the model. */
  public static final class Call {
    private final MethodHandle handle;
    private final boolean several;

    Call(MethodHandle handle, boolean several) {
      this.handle = handle;
      this.several = several;
    }

    /** Calls it, and hands what it returns to the collector. */
    public void call(Object record, int slot, long sequence, Collector outputs) throws Throwable {
      outputs.returned((Object) handle.invokeExact(record, slot, sequence), several);
    }
  }

  private final Object model;
  private final Host host;
  private final Call begin;
  private final Call end;
  private final Map<Integer, Call> actions = new HashMap<>();
  private final Call action;

  private Functions(Object model, Host host, ModelClass type, ProgramSpec spec)
      throws IllegalAccessException {
    this.model = model;
    this.host = host;
    host.outputs().sets(spec.sets());
    begin = plain(type.method("begin"));
    end = plain(type.method("end"));
    for (var each : spec.actions().entrySet()) {
      var method = type.method(each.getValue());
      if (method == null) {
        throw new BadModelClassException(
            type.name()
                + " has no method "
                + each.getValue()
                + ", which is to take the records of slot "
                + each.getKey());
      }
      actions.put(each.getKey(), taking(method, spec.sets().contains(each.getKey())));
    }
    var general = type.method("action");
    action =
        general == null
            ? null
            : taking(general, spec.sets().contains(0) && !actions.containsKey(0));
  }

  /**
   * Makes the model.
   *
   * @throws Throwable what its constructor throws
   */
  public static Functions load(ModelClass type, ProgramSpec spec) throws Throwable {
    var lookup = Shapes.inside(type.type());
    MethodHandle constructor;
    try {
      constructor = lookup.findConstructor(type.type(), MethodType.methodType(void.class));
    } catch (NoSuchMethodException e) {
      throw new BadModelClassException(
          type.name() + " needs a constructor without parameters: Weir makes one for each runner");
    }
    Object model = constructor.invoke();
    return new Functions(model, hostOf(model), type, spec);
  }

  private static Host hostOf(Object model) throws Throwable {
    if (!(model instanceof Model)) {
      return new Host();
    }
    return (Host)
        Shapes.inside(Model.class).findGetter(Model.class, "host", Host.class).invoke(model);
  }

  public Host host() {
    return host;
  }

  /** What is called before the first record; null for nothing. */
  public Call begin() {
    return begin;
  }

  /** What is called after the last record; null for nothing. */
  public Call end() {
    return end;
  }

  /** What takes the records of a slot; null when nothing does. */
  public Call action(int slot) {
    return actions.getOrDefault(slot, action);
  }

  private Call plain(Method method) throws IllegalAccessException {
    if (method == null) {
      return null;
    }
    if (method.getParameterCount() > 0) {
      throw new BadModelClassException(
          method.getName() + " takes parameters; it is called as " + method.getName() + "()");
    }
    return call(method, MethodHandles.dropArguments(bound(method), 0, CALL.parameterList()));
  }

  private Call taking(Method method, boolean sets) throws IllegalAccessException {
    int count = method.getParameterCount();
    if (count < 1 || count > MOST_PARAMETERS) {
      throw new BadModelClassException(
          method.getName()
              + " takes "
              + (count == 0 ? "no" : count)
              + " parameters; it is called as action(data), action(data, slot) or action(data,"
              + " slot, seqno)");
    }
    var type = method.getGenericParameterTypes()[0];
    if (sets && !takesSets(type)) {
      throw new BadModelClassException(
          method.getName()
              + " takes a "
              + type.getTypeName()
              + ", and its slot holds sets of records: let it take a List");
    }
    var handle = bound(method);
    handle = MethodHandles.filterArguments(handle, 0, reader(method, type));
    if (count > 1) {
      handle = widened(handle, 1, int.class, method);
    }
    if (count > 2) {
      handle = widened(handle, 2, long.class, method);
    }
    return call(
        method, MethodHandles.dropArguments(handle, count, CALL.parameterList().subList(count, 3)));
  }

  private static boolean takesSets(Type type) {
    return !(type instanceof Class<?> plain)
        || plain.isArray()
        || plain == Object.class
        || Iterable.class.isAssignableFrom(plain);
  }

  private Call call(Method method, MethodHandle given) throws IllegalAccessException {
    var handle = given;
    var result = method.getReturnType();
    if (isText(method)) {
      handle = MethodHandles.filterReturnValue(handle, own("ofText", Object.class, String.class));
    }
    boolean several =
        Iterable.class.isAssignableFrom(result) && !Collection.class.isAssignableFrom(result);
    return new Call(handle.asType(CALL), several);
  }

  private MethodHandle bound(Method method) throws IllegalAccessException {
    var handle = Shapes.inside(method.getDeclaringClass()).unreflect(method);
    return Modifier.isStatic(method.getModifiers()) ? handle : handle.bindTo(model);
  }

  /** The parameter, as what Weir gives for it. */
  private static MethodHandle widened(
      MethodHandle handle, int parameter, Class<?> given, Method method) {
    var wanted = handle.type().parameterType(parameter);
    var number = MethodType.methodType(wanted).unwrap().returnType();
    if (number != int.class && number != long.class) {
      throw new BadModelClassException(
          method.getName()
              + ": parameter "
              + (parameter + 1)
              + " is the "
              + (parameter == 1 ? "slot, an int" : "sequence number, a long")
              + ", and not a "
              + wanted.getSimpleName());
    }
    var plain = handle.asType(handle.type().changeParameterType(parameter, number));
    return MethodHandles.explicitCastArguments(
        plain, plain.type().changeParameterType(parameter, given));
  }

  private MethodHandle reader(Method method, Type type) throws IllegalAccessException {
    if (isText(method)) {
      return own("text", String.class, Object.class);
    }
    Shape shape;
    try {
      shape = host.shapes().of(type);
    } catch (IllegalArgumentException e) {
      throw new BadModelClassException(method.getName() + ": " + e.getMessage());
    }
    var raw = method.getParameterTypes()[0];
    if (raw == long.class || raw == double.class) {
      return own(raw.getName() + "Of", raw, Shape.class, Object.class).bindTo(shape);
    }
    return own("objectOf", Object.class, Shape.class, Object.class)
        .bindTo(shape)
        .asType(MethodType.methodType(raw, Object.class));
  }

  /** Whether it is {@link IJavaModel#action}. */
  private boolean isText(Method method) {
    return model instanceof IJavaModel
        && method.getName().equals("action")
        && method.getReturnType() == String.class
        && List.of(method.getParameterTypes()).equals(List.of(String.class));
  }

  /** One of the functions below. */
  private static MethodHandle own(String name, Class<?> result, Class<?>... parameters)
      throws IllegalAccessException {
    try {
      return MethodHandles.lookup()
          .findStatic(Functions.class, name, MethodType.methodType(result, parameters));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long longOf(Shape shape, Object json) {
    return json instanceof Long number ? number : (Long) shape.read(json, DATA);
  }

  private static double doubleOf(Shape shape, Object json) {
    return json instanceof Double number ? number : (Double) shape.read(json, DATA);
  }

  private static Object objectOf(Shape shape, Object json) {
    return shape.read(json, DATA);
  }

  private static String text(Object json) {
    return Json.toText(json);
  }

  /** What a function in FastScore's form returns is the text of a value, or else a string. */
  private static Object ofText(String text) {
    try {
      return text == null ? null : Json.parse(text);
    } catch (BadJsonException e) {
      return text;
    }
  }

  /** The class of a model: the one in the source that has what takes records. */
  public static final class ModelClass {
    private final Class<?> type;

    private ModelClass(Class<?> type) {
      this.type = type;
    }

    /**
     * Finds it.
     *
     * @throws BadModelClassException when there is none, or more than one
     */
    public static ModelClass among(List<Class<?>> all, ProgramSpec spec) {
      var found = new ArrayList<ModelClass>();
      for (var type : all) {
        if (type.getEnclosingClass() == null && !Modifier.isAbstract(type.getModifiers())) {
          var candidate = new ModelClass(type);
          if (candidate.has("action")
              || spec.actions().values().stream().anyMatch(candidate::has)) {
            found.add(candidate);
          }
        }
      }
      if (found.size() > 1) {
        var told =
            found.stream()
                .filter(c -> Model.class.isAssignableFrom(c.type) || c.isFastScore())
                .toList();
        if (told.size() == 1) {
          return told.get(0);
        }
        throw new BadModelClassException(
            spec.file()
                + " has several classes with a method action: "
                + String.join(", ", found.stream().map(ModelClass::name).sorted().toList())
                + "; let one of them extend weir.Model, or nest the others in it");
      }
      if (found.isEmpty()) {
        throw new BadModelClassException(
            spec.file()
                + " has no class with a method action, which a model needs, such as:\n"
                + "class Echo {\n"
                + "  Object action(Object x) {\n"
                + "    return x;\n"
                + "  }\n"
                + "}");
      }
      return found.get(0);
    }

    public Class<?> type() {
      return type;
    }

    public String name() {
      return type.getSimpleName();
    }

    /** Whether it is in FastScore's form: text in, text out. */
    boolean isFastScore() {
      return IJavaModel.class.isAssignableFrom(type);
    }

    public boolean has(String name) {
      return !methods(name).isEmpty();
    }

    /**
     * The method of this name, or null.
     *
     * @throws BadModelClassException when there are several
     */
    public Method method(String name) {
      var methods = methods(name);
      if (methods.size() > 1) {
        throw new BadModelClassException(
            this.name() + " has " + methods.size() + " methods " + name + "; keep one of them");
      }
      return methods.isEmpty() ? null : methods.get(0);
    }

    private List<Method> methods(String name) {
      var found = new ArrayList<Method>();
      for (var each = type;
          each != null && each != Object.class && each != Model.class && found.isEmpty();
          each = each.getSuperclass()) {
        for (var method : each.getDeclaredMethods()) {
          if (method.getName().equals(name) && !method.isBridge() && !method.isSynthetic()) {
            found.add(method);
          }
        }
      }
      return found;
    }
  }
}
