package dev.weir.pond.internal;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeResolverBuilder;
import com.fasterxml.jackson.databind.jsontype.impl.StdTypeResolverBuilder;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.weir.pond.BadEventException;
import dev.weir.pond.Codec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** JSON by Jackson: {@link Codec#json}. */
public final class JsonCodec<T> implements Codec<T> {

  public static final Codec<String> TEXT =
      new Codec<>() {
        @Override
        public String write(String value) {
          return value;
        }

        @Override
        public String read(String text) {
          return text;
        }
      };

  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(new Jdk8Module())
          .annotationIntrospector(new SealedTypes())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JavaType type;
  private final ObjectReader reader;
  private final ObjectWriter writer;

  private JsonCodec(JavaType type) {
    this.type = type;
    this.reader = MAPPER.readerFor(type);
    this.writer = MAPPER.writerFor(type);
  }

  public static <T> Codec<T> of(Class<T> type) {
    return new JsonCodec<>(MAPPER.constructType(type));
  }

  public static <T> Codec<T> of(JavaType type) {
    return new JsonCodec<>(type);
  }

  public static <T> Codec<List<T>> listOf(Class<T> element) {
    return new JsonCodec<>(MAPPER.getTypeFactory().constructCollectionType(List.class, element));
  }

  public static <T> Codec<Map<String, T>> mapOf(Class<T> value) {
    return new JsonCodec<>(
        MAPPER.getTypeFactory().constructMapType(Map.class, String.class, value));
  }

  @Override
  public String write(T value) {
    try {
      return writer.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new BadEventException(
          "a value of type %s cannot be written as JSON: %s"
              .formatted(type.toCanonical(), e.getOriginalMessage()),
          e);
    }
  }

  @Override
  public T read(String text) {
    try {
      return reader.readValue(text);
    } catch (JsonProcessingException e) {
      throw new BadEventException(
          "%s is no value of type %s: %s"
              .formatted(shortened(text), type.toCanonical(), e.getOriginalMessage()),
          e);
    }
  }

  static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }

  @Override
  public String toString() {
    return "json " + type.toCanonical();
  }

  /** Values of a sealed type say which of its classes they are, unless annotations say how. */
  private static final class SealedTypes extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public TypeResolverBuilder<?> findTypeResolver(
        MapperConfig<?> config, AnnotatedClass annotated, JavaType base) {
      var given = super.findTypeResolver(config, annotated, base);
      if (given != null || sealedParent(annotated.getRawType()) == null) {
        return given;
      }
      return new StdTypeResolverBuilder(
          JsonTypeInfo.Value.construct(
              JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, "type", null, false, null, null));
    }

    @Override
    public List<NamedType> findSubtypes(Annotated annotated) {
      var given = super.findSubtypes(annotated);
      if (given != null || !annotated.getRawType().isSealed()) {
        return given;
      }
      var subtypes = new ArrayList<NamedType>();
      for (var each : annotated.getRawType().getPermittedSubclasses()) {
        subtypes.add(new NamedType(each, name(each)));
      }
      return subtypes;
    }

    @Override
    public String findTypeName(AnnotatedClass annotated) {
      var given = super.findTypeName(annotated);
      return given != null || sealedParent(annotated.getRawType()) == null
          ? given
          : name(annotated.getRawType());
    }

    private static String name(Class<?> type) {
      var name = type.getSimpleName();
      return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    /** The class itself or the type it implements that is sealed and not Java's own; or null. */
    private static Class<?> sealedParent(Class<?> type) {
      if (type.getName().startsWith("java.")) {
        return null;
      }
      if (type.isSealed()) {
        return type;
      }
      for (var each : type.getInterfaces()) {
        if (each.isSealed() && !each.getName().startsWith("java.")) {
          return each;
        }
      }
      var parent = type.getSuperclass();
      return parent != null && parent.isSealed() && !parent.getName().startsWith("java.")
          ? parent
          : null;
    }
  }
}
