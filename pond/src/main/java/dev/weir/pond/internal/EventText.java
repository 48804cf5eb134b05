package dev.weir.pond.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.pond.BadEventException;
import dev.weir.pond.Event;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Events as lines of JSON; the payload is a value within, kept character by character. */
public final class EventText {

  private static final JsonFactory FACTORY = JsonCodec.MAPPER.getFactory();

  private EventText() {}

  public static String write(Event event) {
    var text = new StringWriter();
    try (var out = FACTORY.createGenerator(text)) {
      out.writeStartObject();
      out.writeStringField("stream", event.stream());
      out.writeNumberField("offset", event.offset());
      out.writeNumberField("lamport", event.lamport());
      out.writeStringField("time", event.time().toString());
      out.writeArrayFieldStart("tags");
      for (var tag : event.tags()) {
        out.writeString(tag);
      }
      out.writeEndArray();
      out.writeFieldName("payload");
      out.writeRawValue(event.payload());
      out.writeEndObject();
    } catch (IOException e) {
      throw new BadEventException("an event cannot be written: " + e.getMessage(), e);
    }
    return text.toString();
  }

  /**
   * Reads an event.
   *
   * @throws BadEventException says what is wrong with the line
   */
  public static Event read(String line, String node) {
    String stream = null;
    Long offset = null;
    Long lamport = null;
    Instant time = null;
    List<String> tags = List.of();
    String payload = null;
    try (var in = FACTORY.createParser(line)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new BadEventException(
            "no event, which is a JSON object: " + JsonCodec.shortened(line));
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        var name = in.currentName();
        var token = in.nextToken();
        switch (name) {
          case "stream" -> stream = in.getValueAsString();
          case "offset" -> offset = in.getLongValue();
          case "lamport" -> lamport = in.getLongValue();
          case "time" -> time = Instant.parse(in.getText());
          case "tags" -> {
            if (token != JsonToken.START_ARRAY) {
              throw new BadEventException(
                  "the tags of an event are a list: " + JsonCodec.shortened(line));
            }
            var list = new TreeSet<String>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
              list.add(in.getText());
            }
            tags = List.copyOf(new ArrayList<>(list));
          }
          case "payload" -> {
            int start = (int) in.currentTokenLocation().getCharOffset();
            in.skipChildren();
            if (!in.currentToken().isStructEnd()) {
              in.getText();
            }
            payload = line.substring(start, (int) in.currentLocation().getCharOffset()).strip();
          }
          default -> in.skipChildren();
        }
      }
      if (in.nextToken() != null) {
        throw new BadEventException("more than one event in " + JsonCodec.shortened(line));
      }
    } catch (JsonProcessingException e) {
      throw new BadEventException(
          "no event: %s: %s".formatted(e.getOriginalMessage(), JsonCodec.shortened(line)), e);
    } catch (IOException | RuntimeException e) {
      if (e instanceof BadEventException bad) {
        throw bad;
      }
      throw new BadEventException(
          "no event: %s: %s".formatted(e.getMessage(), JsonCodec.shortened(line)), e);
    }
    if (stream == null || offset == null || lamport == null || time == null || payload == null) {
      throw new BadEventException(
          "an event has stream, offset, lamport, time, tags and payload; one is missing in "
              + JsonCodec.shortened(line));
    }
    return new Event(stream, offset, lamport, time, tags, payload, stream.equals(node));
  }
}
