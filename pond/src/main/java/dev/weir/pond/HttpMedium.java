package dev.weir.pond;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.weir.pond.internal.Wire;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** A node that is reached over HTTP: {@link NodeServer}. One thread at a time. */
public final class HttpMedium implements Medium {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(PATIENCE).version(HttpClient.Version.HTTP_1_1).build();
  private final URI address;
  private final String token;

  /**
   * @param address such as {@code http://host:port}
   * @param token the secret of the other node
   */
  public HttpMedium(URI address, String token) {
    this.address = address;
    this.token = token;
  }

  @Override
  public Offsets present() {
    try {
      return Wire.offsets(ask("/v1/present", ""));
    } catch (JsonProcessingException e) {
      throw strange(e);
    }
  }

  @Override
  public List<Event> read(Offsets known, int limit) {
    return Wire.events(ask("/v1/read", Wire.request(new Wire.Request(known, limit))), "");
  }

  @Override
  public Ingested write(List<Event> events) {
    try {
      return Wire.ingested(ask("/v1/write", Wire.events(events)));
    } catch (JsonProcessingException e) {
      throw strange(e);
    }
  }

  private String ask(String path, String body) {
    try {
      var request =
          HttpRequest.newBuilder(address.resolve(path))
              .timeout(PATIENCE)
              .header("Authorization", "Bearer " + token)
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      var response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new PondException(
            "node %s answers %d: %s".formatted(address, response.statusCode(), response.body()));
      }
      return response.body();
    } catch (IOException | IllegalArgumentException e) {
      throw new PondException(
          "node %s cannot be reached: %s. What was exchanged stays; try again later"
              .formatted(address, e.getMessage() == null ? e.toString() : e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PondException("interrupted while talking to node " + address, e);
    }
  }

  private PondException strange(JsonProcessingException e) {
    return new PondException(
        "node %s answers what a node does not: %s".formatted(address, e.getOriginalMessage()), e);
  }

  @Override
  public void close() {}
}
