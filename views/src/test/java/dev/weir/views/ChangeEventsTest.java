package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Records that change an input, in every form. */
class ChangeEventsTest {

  record Size(int wide, int high) {}

  enum Kind {
    SMALL,
    LARGE
  }

  record Item(
      long id,
      String title,
      Optional<BigDecimal> unitPrice,
      LocalDate since,
      Instant seen,
      Kind kind,
      Size size) {}

  record Pairing(String name, long number) {}

  private final Query query = new Query("changes");
  private final Input<Pairing> loose = query.input("loose", Pairing.class);
  private final Input<Pairing> kept = query.input("kept", Pairing.class).keep(Pairing::name);
  private final Stream<Pairing> looseRows = loose.materialize("loose_rows");
  private final Stream<Pairing> keptRows = kept.materialize("kept_rows");
  private final View view = View.open(query);

  private void feed(Input<Pairing> input, String... records) {
    for (var record : records) {
      var step = Step.once();
      new ChangeEvents<>(input).read(Json.parse(record)).addTo(step, view);
      view.step(step);
    }
  }

  private static Pairing p(String name, long number) {
    return new Pairing(name, number);
  }

  @Test
  void rowsAndOperations() {
    feed(
        loose,
        "{\"name\": \"a\", \"number\": 1}",
        "{\"op\": \"insert\", \"row\": {\"name\": \"a\", \"number\": 1}, \"weight\": 2}",
        "{\"op\": \"+\", \"row\": {\"name\": \"b\", \"number\": 2, \"unknown\": [1]}}",
        "{\"op\": \"-\", \"row\": {\"name\": \"a\", \"number\": 1}}",
        "{\"op\": \"replace\", \"old\": {\"name\": \"b\", \"number\": 2}, \"row\": {\"name\": \"c\", \"number\": 3}}",
        "{\"op\": \"delete\", \"row\": {\"name\": \"d\", \"number\": 4}}",
        "null");
    assertThat(view.get(looseRows))
        .isEqualTo(
            ZSet.<Pairing>builder().add(p("a", 1), 2).add(p("c", 3), 1).add(p("d", 4), -1).build());
    feed(
        kept,
        "{\"op\": \"upsert\", \"row\": {\"name\": \"a\", \"number\": 1}}",
        "{\"op\": \"upsert\", \"row\": {\"name\": \"a\", \"number\": 2}}");
    assertThat(view.get(keptRows)).isEqualTo(ZSet.of(p("a", 2)));
  }

  @Test
  void changeEventsOfATableWithoutAKey() {
    feed(
        loose,
        "{\"op\": \"r\", \"before\": null, \"after\": {\"name\": \"a\", \"number\": 1}, \"source\": {}}",
        "{\"op\": \"c\", \"after\": {\"name\": \"b\", \"number\": 2}}",
        "{\"op\": \"u\", \"before\": {\"name\": \"a\", \"number\": 1}, \"after\": {\"name\": \"a\", \"number\": 7}}",
        "{\"op\": \"d\", \"before\": {\"name\": \"b\", \"number\": 2}, \"after\": null}",
        "{\"op\": \"m\", \"source\": {}, \"message\": {}}");
    assertThat(view.get(looseRows)).isEqualTo(ZSet.of(p("a", 7)));
    assertThatThrownBy(
            () ->
                feed(
                    loose,
                    "{\"op\": \"u\", \"before\": null, \"after\": {\"name\": \"a\", \"number\": 9}}"))
        .hasMessageContaining("REPLICA IDENTITY FULL");
    assertThatThrownBy(() -> feed(loose, "{\"op\": \"t\", \"source\": {}}"))
        .hasMessageContaining("needs a key");
  }

  @Test
  void changeEventsOfATableWithAKeyMayComeAgain() {
    String[] events = {
      "{\"schema\": {}, \"payload\": {\"op\": \"c\", \"after\": {\"name\": \"a\", \"number\": 1}}}",
      "{\"op\": \"u\", \"before\": null, \"after\": {\"name\": \"a\", \"number\": 2}}",
      "{\"op\": \"u\", \"before\": {\"name\": \"a\"}, \"after\": {\"name\": \"b\", \"number\": 3}}",
      "{\"op\": \"c\", \"after\": {\"name\": \"c\", \"number\": 4}}",
      "{\"op\": \"d\", \"before\": {\"name\": \"c\"}, \"after\": null}",
      "{\"schema\": null, \"payload\": null}"
    };
    for (var event : events) {
      feed(kept, event, event);
    }
    assertThat(view.get(keptRows)).isEqualTo(ZSet.of(p("b", 3)));
    feed(kept, "{\"op\": \"t\", \"source\": {}}");
    assertThat(view.get(keptRows)).isEqualTo(ZSet.empty());
  }

  @Test
  void aSchemaTellsWhatNumbersMean() {
    var items = new Query("items");
    var input = items.input("item", Item.class);
    var rows = input.materialize("rows");
    var shop = View.open(items);
    var event =
        """
        {"schema": {"type": "struct", "fields": [
          {"field": "before", "fields": []},
          {"field": "after", "fields": [
            {"field": "id", "type": "int64"},
            {"field": "unit_price", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}},
            {"field": "since", "name": "io.debezium.time.Date"},
            {"field": "seen", "name": "io.debezium.time.MicroTimestamp"}]}]},
         "payload": {"op": "c", "before": null, "after": {"id": 7, "title": "chair", "unit_price": "BNI=",
          "since": 20000, "seen": 1700000000000001, "kind": "LARGE", "size_wide": 3, "size_high": 4}}}
        """;
    var step = Step.once();
    new ChangeEvents<>(input).read(Json.parse(event)).addTo(step, shop);
    shop.step(step);
    var expected =
        new Item(
            7,
            "chair",
            Optional.of(new BigDecimal("12.34")),
            LocalDate.of(2024, 10, 4),
            Instant.parse("2023-11-14T22:13:20.000001Z"),
            Kind.LARGE,
            new Size(3, 4));
    assertThat(shop.get(rows)).isEqualTo(ZSet.of(expected));
    var json = new JsonRows<>(rows.type());
    assertThat(json.read(json.write(expected))).isEqualTo(expected);
    assertThat(Json.toText(json.write(expected)))
        .isEqualTo(
            "{\"id\":7,\"title\":\"chair\",\"unit_price\":\"12.34\",\"since\":\"2024-10-04\","
                + "\"seen\":\"2023-11-14T22:13:20.000001Z\",\"kind\":\"LARGE\",\"size_wide\":3,"
                + "\"size_high\":4,\"size_is\":true}");
    var without = json.read(Json.parse("{\"id\": 1, \"unitPrice\": 2.50}"));
    assertThat(without.size()).isNull();
    assertThat(without.unitPrice()).contains(new BigDecimal("2.5"));
  }

  @Test
  void whatIsNoChangeIsNamed() {
    for (var bad :
        new String[][] {
          {"[1]", "is no row"},
          {"5", "is no row"},
          {"{\"name\": \"a\"}", "column number has no value"},
          {"{\"name\": \"a\", \"number\": 1.5}", "no whole number"},
          {"{\"name\": true, \"number\": 1}", "column name is true, which is no text"},
          {
            "{\"op\": \"merge\", \"row\": {\"name\": \"a\", \"number\": 1}}",
            "'merge' is none of insert"
          },
          {
            "{\"op\": \"insert\", \"row\": {\"name\": \"a\", \"number\": 1}, \"weight\": 0}",
            "weight 0"
          },
          {
            "{\"op\": \"upsert\", \"row\": {\"name\": \"a\", \"number\": 1}}",
            "declare it with keep"
          },
          {"{\"op\": \"x\", \"before\": null, \"after\": null}", "none of c, r, u, d, t, m"},
          {"{\"op\": \"c\", \"before\": null, \"after\": null}", "is no row"},
        }) {
      assertThatThrownBy(() -> feed(loose, bad[0]))
          .as(bad[0])
          .isInstanceOf(ViewException.class)
          .hasMessageContaining(bad[1]);
    }
    assertThat(view.get(looseRows)).isEqualTo(ZSet.empty());
  }
}
