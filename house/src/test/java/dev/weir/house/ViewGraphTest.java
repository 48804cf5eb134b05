package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A view as a node of a graph. */
class ViewGraphTest {

  private static final String TOTALS =
      """
      import dev.weir.views.Query;

      class Totals {
        record Entry(String account, long amount) {}

        static Query query() {
          var query = new Query("bank");
          query
              .input("entry", Entry.class)
              .filter(entry -> entry.amount() < 1_000_000 || fail())
              .groupBy(String.class, Entry::account)
              .sumLong(Entry::amount)
              .materialize("total");
          return query;
        }

        static boolean fail() {
          throw new IllegalStateException("too much");
        }
      }
      """;

  private static final String GRAPH =
      """
      nodes:
        entries: {type: source, stream: entries.jsonl}
        totals: {type: view, file: Totals.java}
        out: {type: sink, stream: totals.jsonl}
      connections: [entries -> totals -> out]
      epoch: 50ms
      """;

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void programs() {
    cli = new Cli(folder);
    cli.write("Totals.java", TOTALS);
    cli.write("bank.yaml", GRAPH);
  }

  /** Adds up what {@code totals.jsonl} says has changed. */
  private Map<String, Long> rows() {
    var rows = new TreeMap<String, Long>();
    cli.read("totals.jsonl")
        .lines()
        .forEach(
            line ->
                rows.merge(
                    line.replaceFirst("^.*\"row\":", "").replaceFirst("}$", ""),
                    line.startsWith("{\"op\":\"insert\"") ? 1L : -1L,
                    Long::sum));
    rows.values().removeIf(weight -> weight == 0);
    return rows;
  }

  @Test
  void theExample() throws Exception {
    var example = Cli.HOME.resolve("examples/baskets");
    for (var file :
        new String[] {"baskets.yaml", "Receipts.java", "products.jsonl", "items.jsonl"}) {
      Files.copy(example.resolve(file), cli.file(file));
    }
    assertThat(cli.weir("check", "baskets.yaml").ok().out())
        .containsPattern("receipts +view +product, line_item +receipt, rejects +.*Receipts.java");
    cli.weir("run", "baskets.yaml").ok();
    cli.write("totals.jsonl", cli.read("receipts.jsonl"));
    assertThat(rows())
        .containsOnlyKeys("{\"basket_id\":1,\"total\":24.0}", "{\"basket_id\":2,\"total\":8.0}");
  }

  @Test
  void killedAnywhereItGoesOnAsIfItHadNotBeen() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    cli.write(
        "entries.jsonl",
        random
            .ints(20_000, -50, 100)
            .mapToObj(
                amount ->
                    "{\"account\": \"a%d\", \"amount\": %d}".formatted(random.nextInt(50), amount))
            .collect(Collectors.joining("\n", "", "\n")));
    var held = cli.weir("torture", "bank.yaml", "--kills", "2", "--seed", "" + seed).ok();
    assertThat(held.lines())
        .as("seed %d", seed)
        .anyMatch(
            line ->
                line.matches(
                    "sink out +exactly-once: held: \\d+ lines, the same, in the same order"))
        .anyMatch(line -> line.matches("state +exactly-once: held: \\d+ rows, the same"));
    cli.write(
        "entries.jsonl",
        cli.read("entries.jsonl").lines().limit(60).collect(Collectors.joining("\n", "", "\n")));
    assertThat(
            cli.weir("operator", "test", "bank.yaml", "totals", "-i", "entries.jsonl").ok().out())
        .contains("the same under all conditions");
  }

  @Test
  void aResumedRunGoesOnFromItsTablesAndTellsAnotherQuery() {
    cli.write(
        "entries.jsonl",
        "{\"account\": \"a\", \"amount\": 1}\n{\"account\": \"b\", \"amount\": 2}\n");
    cli.weir("run", "bank.yaml", "--snapshots", "eof").ok();
    assertThat(cli.weir("snapshot", "list").ok().out()).contains("bank");
    cli.write("totals.jsonl", "");
    cli.write("entries.jsonl", "{\"op\": \"-\", \"row\": {\"account\": \"a\", \"amount\": 1}}\n");
    cli.weir("snapshot", "restore", "bank").ok();
    cli.weir("run", "bank.yaml").ok();
    assertThat(cli.read("totals.jsonl"))
        .isEqualTo("{\"op\":\"delete\",\"row\":{\"key\":\"a\",\"value\":1}}\n");
    cli.write("Totals.java", TOTALS.replace(".sumLong(", ".min(Long.class, "));
    cli.weir("snapshot", "restore", "bank").ok();
    var other = cli.weir("run", "bank.yaml");
    assertThat(other.status()).isNotZero();
    assertThat(other.err()).contains("by another query").contains("Choices:");
  }

  @Test
  void whatIsNoChangeIsRejectedAndWhatFailsIsSkippedIfAsked() {
    cli.write(
        "entries.jsonl",
        """
        {"account": "a", "amount": 1}
        {"account": "a"}
        {"account": "b", "amount": 2000000}
        {"op": "insert", "row": {"account": "b", "amount": 5}}
        """);
    var failed = cli.weir("run", "bank.yaml", "--retries", "0");
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).contains("too much").contains("Entry[account=b, amount=2000000]");
    for (var steps : new String[] {"record", "batch", "epoch"}) {
      cli.write(
          "bank.yaml",
          GRAPH
              .replace("Totals.java}", "Totals.java, on-error: skip, step: " + steps + "}")
              .replace(
                  "connections: [",
                  "  bad: {type: sink, stream: bad.jsonl}\nconnections: [totals.rejects -> bad, totals.dead-letters -> bad, "));
      cli.weir("run", "bank.yaml", "--name", steps).ok();
      assertThat(rows())
          .as(steps)
          .containsOnlyKeys("{\"key\":\"a\",\"value\":1}", "{\"key\":\"b\",\"value\":5}");
      assertThat(cli.read("bad.jsonl").lines())
          .anyMatch(
              line -> line.contains("\"schema\"") && line.contains("column amount has no value"))
          .anyMatch(line -> line.contains("\"raised\"") && line.contains("too much"))
          .hasSize(2);
    }
  }

  @Test
  void itsNodesAreMeasuredOnRecords() {
    cli.write(
        "entries.jsonl",
        """
        {"account": "a", "amount": 1}
        {"account": "a", "amount": 2}
        {"account": "b"}
        {"op": "-", "row": {"account": "a", "amount": 1}}
        {"account": "b", "amount": 5}
        """);
    var table = cli.weir("view", "profile", "Totals.java", "-i", "entry=entries.jsonl").ok();
    assertThat(table.lines().stream().map(line -> line.replaceAll(" +", " ")))
        .anyMatch(line -> line.startsWith("entry input - 4 - "))
        .anyMatch(line -> line.startsWith("filter1 filter 4 4 - "))
        .anyMatch(line -> line.startsWith("total materialize 6 6 2 "));
    assertThat(table.err())
        .contains("record 3 of entries.jsonl is left out: column amount has no value")
        .contains("steps: 4");
    var drawn =
        cli.weir(
                "view",
                "profile",
                "Totals.java",
                "-i",
                "entry=entries.jsonl",
                "--batch",
                "10",
                "--dot")
            .ok();
    assertThat(drawn.out()).contains("4 to 4 rows").contains("% of the time");
    var wrong = cli.weir("view", "profile", "Totals.java", "-i", "entri=entries.jsonl");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("no input 'entri'; did you mean 'entry'?");
  }

  @Test
  void aFileThatDefinesNoViewIsNamed() {
    for (var bad :
        new String[][] {
          {"class Totals {}", "has no method static Query query()"},
          {TOTALS.replace(".materialize(\"total\")", ""), "has no result"},
          {TOTALS.replace("new Query(\"bank\")", "new Query(\"no name\")"), "is no name here"},
          {
            TOTALS.replace("new Query(\"bank\")", "new Query(\"bank\").workingSet(5)"),
            "bounded working set"
          },
          {TOTALS.replace("var query", "var querry"), "Totals.java:"},
        }) {
      cli.write("Totals.java", bad[0]);
      var result = cli.weir("check", "bank.yaml");
      assertThat(result.status()).as(bad[1]).isEqualTo(1);
      assertThat(result.err()).contains(bad[1]);
    }
  }
}
