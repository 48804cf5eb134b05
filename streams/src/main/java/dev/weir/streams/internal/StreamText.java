package dev.weir.streams.internal;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import dev.weir.graph.Names;
import dev.weir.state.Secrets;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Tells what a text names, see {@link dev.weir.streams.Streams}. */
public final class StreamText {

  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(.*)", Pattern.DOTALL);
  private static final String CHOICES =
      "A stream is a path, - (standard input or output), inline:1,2,3, range:1..1000, file:PATH,"
          + " discard:, tcp:HOST:PORT, udp:PORT, exec:/PROGRAM, time:1s, rest:PORT,"
          + " http://HOST/PATH, kafka://HOST:PORT/TOPIC or postgres://HOST/DATABASE?table=T";
  private static final int MAX_DESCRIPTOR = 1 << 20;

  private StreamText() {}

  /** As {@link dev.weir.streams.Streams#parse}. */
  public static StreamSpec parse(String text) {
    if (text.isBlank()) {
      throw new WeirException("the name of a stream is empty. " + CHOICES);
    }
    if (text.equals("-") || text.equals("/dev/stdin") || text.equals("/dev/stdout")) {
      return StandardStream.TRANSPORT.stream(
          Descriptor.of(StandardStream.TRANSPORT, Map.of(), Format.JSON_LINES));
    }
    if (text.stripLeading().startsWith("{")) {
      try {
        return described(Json.parse(text), Path.of(""), "the descriptor");
      } catch (BadJsonException e) {
        throw new WeirException(
            "the descriptor " + Secrets.hidden(text) + " is no JSON: " + e.getMessage(), e);
      }
    }
    var matcher = SCHEME.matcher(text);
    if (!matcher.matches()) {
      return path(text);
    }
    var scheme = matcher.group(1).toLowerCase(Locale.ROOT);
    var transport = Transports.ofScheme(scheme);
    if (transport == null) {
      throw unknown(text, scheme);
    }
    try {
      // What is written inline has no name that could end in anything.
      var name =
          transport == InlineStream.TRANSPORT ? "" : matcher.group(2).replaceFirst("\\?.*", "");
      return url(transport.fromUrl(scheme, matcher.group(2)), name);
    } catch (WeirException e) {
      var shown = Secrets.hidden(text);
      var message = Secrets.hidden(e.getMessage());
      throw new WeirException(message.contains(shown) ? message : "'" + shown + "': " + message, e);
    }
  }

  /** A path: a file of records, unless it is one that holds a descriptor. */
  private static StreamSpec path(String text) {
    var ending = ending(text);
    try {
      if (ending.equals("yaml") || ending.equals("yml")) {
        return yaml(Path.of(text));
      }
      var json = ending.equals("json") ? descriptorIn(Path.of(text)) : null;
      if (json != null) {
        return described(json, folder(Path.of(text)), text);
      }
    } catch (InvalidPathException e) {
      throw new WeirException("'" + text + "' is no path: " + e.getReason(), e);
    }
    if (guess(text).equals(Format.JSON_LINES)) {
      return FileStream.TRANSPORT.stream(
          Descriptor.of(FileStream.TRANSPORT, checkedPath(text), Format.JSON_LINES));
    }
    return url(Map.of("transport", Map.of("type", "file", "path", text)), text);
  }

  private static Map<String, Object> checkedPath(String text) {
    try {
      return Map.of("path", Path.of(text).toString());
    } catch (InvalidPathException e) {
      throw new WeirException("'" + text + "' is no path: " + e.getReason(), e);
    }
  }

  /** A stream whose name says nothing of its encoding but by its ending. */
  private static StreamSpec url(Map<String, Object> json, String name) {
    var descriptor = new LinkedHashMap<>(json);
    var guess = guess(name);
    if (!descriptor.containsKey("encoding")) {
      descriptor.put("encoding", guess.name().word);
    }
    var read = new DescriptorReader(Path.of("")).read(descriptor);
    if (!read.can(Transport.Ability.MESSAGES)
        && !read.can(Transport.Ability.ROWS)
        && guess.name() == read.format().name()
        && !descriptor.containsKey("envelope")) {
      // An Avro file is a container, and CSV has lines as other text files have.
      boolean file = read.transport() == FileStream.TRANSPORT;
      var envelope =
          guess.name() == Format.Name.CSV || (guess.name() == Format.Name.AVRO && file)
              ? guess.envelope()
              : read.format().envelope();
      var format = read.format();
      read = read.withFormat(new Format(format.name(), format.csv(), envelope, format.schema()));
    }
    return read.transport().stream(read);
  }

  private static Format guess(String name) {
    return switch (ending(name)) {
      case "csv" ->
          new Format(
              Format.Name.CSV, Format.Csv.USUAL, new Envelope.DelimitedCsv("\n", true, true), null);
      case "avro" ->
          new Format(
              Format.Name.AVRO, Format.Csv.USUAL, new Envelope.OcfBlock(null, false, true), null);
      case "msgpack" ->
          new Format(Format.Name.MSGPACK, Format.Csv.USUAL, new Envelope.None(), null);
      case "utf8" ->
          new Format(Format.Name.UTF_8, Format.Csv.USUAL, new Envelope.Delimited("\n"), null);
      case "bin" ->
          new Format(Format.Name.RAW, Format.Csv.USUAL, new Envelope.Delimited("\n"), null);
      default -> Format.JSON_LINES;
    };
  }

  private static String ending(String name) {
    int dot = name.lastIndexOf('.');
    return name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /**
   * The descriptor that a file holds: one JSON object, with a transport that is text or has a type.
   * Null when it holds anything else, or is not there: then it is data.
   */
  private static Map<String, Object> descriptorIn(Path file) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_DESCRIPTOR) {
        return null;
      }
      return Json.parse(Files.readString(file)) instanceof Map<?, ?> map && hasTransport(map)
          ? object(map)
          : null;
    } catch (IOException | BadJsonException e) {
      return null;
    }
  }

  private static boolean hasTransport(Map<?, ?> map) {
    for (var entry : map.entrySet()) {
      if (Names.normal((String) entry.getKey()).equals("transport")) {
        return entry.getValue() instanceof String
            || (entry.getValue() instanceof Map<?, ?> of
                && of.keySet().stream().anyMatch(k -> Names.normal((String) k).equals("type")));
      }
    }
    return false;
  }

  private static StreamSpec yaml(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new WeirException(
          "there is no descriptor "
              + file
              + "; a file of data with that ending is written file:"
              + file);
    }
    try {
      return described(Yaml.parse(Files.readString(file)), folder(file), file.toString());
    } catch (IOException e) {
      throw new WeirException("the descriptor " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Path folder(Path file) {
    return file.toAbsolutePath().getParent();
  }

  private static StreamSpec described(Object json, Path folder, String name) {
    if (!(json instanceof Map<?, ?> map)) {
      throw new WeirException(name + ": a descriptor is an object");
    }
    try {
      var descriptor = new DescriptorReader(folder).read(object(map));
      return descriptor.transport().stream(descriptor);
    } catch (WeirException e) {
      throw new WeirException(name + ": " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<?, ?> map) {
    return (Map<String, Object>) map;
  }

  private static WeirException unknown(String given, String scheme) {
    var text = Secrets.hidden(given);
    var near =
        Names.nearest(scheme, Transports.SCHEMES)
            .map(known -> " Did you mean " + known + text.substring(scheme.length()) + "?")
            .orElse("");
    return new WeirException(
        "'"
            + text
            + "': there are no streams of kind "
            + scheme
            + ":."
            + near
            + " "
            + CHOICES
            + "; a file of that name is written ./"
            + text);
  }
}
