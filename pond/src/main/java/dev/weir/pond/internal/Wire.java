package dev.weir.pond.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.weir.pond.BadEventException;
import dev.weir.pond.Event;
import dev.weir.pond.Ingested;
import dev.weir.pond.Offsets;
import java.util.ArrayList;
import java.util.List;

/** What nodes say to each other: events as JSON lines, the rest as JSON. */
public final class Wire {

  /** A wish for events. */
  public record Request(Offsets known, int limit) {}

  private record Refusal(String event, String why) {}

  private record Answer(int added, int known, List<Refusal> refused, List<String> missing) {}

  private Wire() {}

  public static String offsets(Offsets offsets) {
    return json(offsets);
  }

  public static Offsets offsets(String text) throws JsonProcessingException {
    return JsonCodec.MAPPER.readValue(text, Offsets.class);
  }

  public static String request(Request request) {
    return json(request);
  }

  public static Request request(String text) throws JsonProcessingException {
    var request = JsonCodec.MAPPER.readValue(text, Request.class);
    if (request.known() == null || request.limit() <= 0) {
      throw new BadEventException("a request says which offsets are known, and a limit");
    }
    return request;
  }

  public static String events(List<Event> events) {
    var text = new StringBuilder();
    for (var event : events) {
      text.append(EventText.write(event)).append('\n');
    }
    return text.toString();
  }

  public static List<Event> events(String text, String node) {
    var events = new ArrayList<Event>();
    text.lines()
        .filter(line -> !line.isBlank())
        .forEach(line -> events.add(EventText.read(line, node)));
    return events;
  }

  public static String ingested(Ingested result) {
    return json(
        new Answer(
            result.added(),
            result.known(),
            result.refused().stream()
                .map(refused -> new Refusal(EventText.write(refused.event()), refused.why()))
                .toList(),
            result.missing()));
  }

  public static Ingested ingested(String text) throws JsonProcessingException {
    var answer = JsonCodec.MAPPER.readValue(text, Answer.class);
    return new Ingested(
        answer.added(),
        answer.known(),
        answer.refused().stream()
            .map(
                refused -> new Ingested.Refused(EventText.read(refused.event(), ""), refused.why()))
            .toList(),
        answer.missing());
  }

  private static String json(Object value) {
    try {
      return JsonCodec.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
