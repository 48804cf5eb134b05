package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fish of the examples compile and do what their text says. */
class ExamplesTest {

  private static final Path EXAMPLES =
      Path.of(Files.exists(Path.of("examples")) ? "examples" : "../examples");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Rig rig = new Rig();
  @TempDir Path classes;

  @AfterEach
  void close() {
    rig.close();
  }

  private Fish<?, ?> load(String file) throws Exception {
    var path = EXAMPLES.resolve(file);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-d",
                classes.toString(),
                "-parameters",
                "-cp",
                System.getProperty("java.class.path"),
                path.toString());
    assertThat(status).as(file).isZero();
    var name = path.getFileName().toString().replace(".java", "");
    var loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
    var method = loader.loadClass(name).getDeclaredMethod("fish");
    method.setAccessible(true);
    return (Fish<?, ?>) method.invoke(null);
  }

  private <S, E> JsonNode state(Fish<S, E> fish) throws Exception {
    return JSON.readTree(fish.states().write(rig.pond.currentState(fish)));
  }

  @Test
  void theChatRoom() throws Exception {
    var fish = load("chat/ChatRoom.java");
    for (var payload :
        List.of(
            "{\"type\":\"messageAdded\",\"message\":\"old\"}",
            "{\"type\":\"messagesCleared\"}",
            "{\"type\":\"messageAdded\",\"message\":\"hello\"}",
            "{\"type\":\"messageAdded\",\"message\":\"world\"}")) {
      rig.log.append(Draft.of(payload, "chatRoom:lobby"));
    }
    assertThat(state(fish)).isEqualTo(JSON.readTree("[\"world\", \"hello\"]"));
  }

  @Test
  void theEarthquakesThatBecomeKnownLate() throws Exception {
    var quakes = new ArrayList<JsonNode>();
    for (var line : Files.readAllLines(EXAMPLES.resolve("earthquakes/earthquakes.jsonl"))) {
      quakes.add(JSON.readTree(line));
    }
    quakes.sort(Comparator.comparing(quake -> quake.get("updated").asLong()));
    var fish = load("earthquakes/Quakes.java");
    var causes = new ArrayList<Emission.Cause>();
    rig.pond.observe(fish, emission -> causes.add(emission.cause()));
    var last = new HashMap<String, Long>();
    for (var quake : quakes) {
      long time = quake.get("time").asLong();
      int number = 1;
      while (last.getOrDefault("s" + number, -1L) >= time) {
        number++;
      }
      last.put("s" + number, time);
      var event = rig.event("s" + number, time, Instant.ofEpochMilli(time), quake.toString());
      rig.feed(
          List.of(
              new Event(
                  event.stream(),
                  event.offset(),
                  event.lamport(),
                  event.time(),
                  List.of("earthquake"),
                  event.payload(),
                  false)));
    }
    assertThat(causes).contains(Emission.Cause.REWIND, Emission.Cause.APPEND);
    var state = state(fish);
    var strongest =
        quakes.stream()
            .filter(quake -> quake.hasNonNull("mag"))
            .sorted(
                Comparator.<JsonNode>comparingDouble(quake -> -quake.get("mag").asDouble())
                    .thenComparingLong(quake -> quake.get("time").asLong()))
            .limit(5)
            .map(quake -> quake.get("id").asText())
            .toList();
    assertThat(state.get("strongest"))
        .extracting(quake -> quake.get("id").asText())
        .isEqualTo(strongest);
    int total = 0;
    for (var day : state.get("perDay")) {
      total += day.asInt();
    }
    assertThat(total).isEqualTo(quakes.size());
  }
}
