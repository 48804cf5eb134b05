package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about snapshots. */
class SnapshotCommandsTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void model() {
    cli = new Cli(folder);
    cli.seed("snapshot.py");
    cli.write(
        "count.py",
        """
        import weir

        def action(x):
            weir.pools('seen').update(str(x), lambda n: (n or 0) + 1)
            yield weir.cells('sum').update(lambda n: (n or 0) + x)
        """);
  }

  @Test
  void listShowTakeDiffRemoveAndKeep() {
    cli.weir("run", "count.py", "-i", "inline:1,2").ok();
    var first = take("count");
    cli.weir("run", "count.py", "-i", "inline:2,3").ok();
    var second = take("count");
    var list = cli.weir("snapshot", "list", "count").ok().lines();
    assertThat(list).hasSize(3);
    assertThat(list.get(0)).startsWith("ID").contains("JOB", "TAKEN", "EPOCH", "WHY", "SIZE");
    assertThat(list.get(1)).startsWith(second);
    assertThat(list.get(2)).startsWith(first).contains("manual");

    assertThat(cli.weir("snapshot", "show", first).ok().out()).contains("count", "manual");
    assertThat(cli.weir("snapshot", "show", first, "--json").ok().out())
        .contains("\"id\":\"" + first + "\"", "\"rows\":3", "\"positions\":{");
    assertThat(cli.weir("snapshot", "show", first, "--rows").ok().lines())
        .containsExactlyInAnyOrder(
            "{\"table\":\"cell\",\"operator\":\"model\",\"name\":\"sum\",\"value\":3}",
            "{\"table\":\"pool\",\"operator\":\"model\",\"pool\":\"seen\",\"key\":\"1\",\"value\":1}",
            "{\"table\":\"pool\",\"operator\":\"model\",\"pool\":\"seen\",\"key\":\"2\",\"value\":1}");

    assertThat(cli.weir("snapshot", "diff", first, second).ok().lines())
        .containsExactlyInAnyOrder(
            "- cell model  sum  3",
            "+ cell model  sum  5",
            "- pool model  seen  1  1",
            "+ pool model  seen  3  1");
    assertThat(cli.weir("snapshot", "diff", first, first).ok().out()).isEmpty();

    cli.weir("snapshot", "remove", first).ok();
    assertThat(cli.weir("snapshot", "list", "count").ok().lines()).hasSize(2);
    var third = take("count");
    cli.weir("snapshot", "remove", "--keep", "1", "count").ok();
    assertThat(cli.weir("snapshot", "list", "count").ok().lines())
        .hasSize(2)
        .last()
        .asString()
        .startsWith(third);
    assertThat(cli.weir("snapshot", "verify").ok().out()).isEqualTo(third + "  sound\n");
    cli.weir("snapshot", "remove", third).ok();
    assertThat(cli.sh("find .weir/state.db-chunks -type f").ok().out())
        .as("chunks that no snapshot names are freed")
        .isEmpty();
  }

  @Test
  void aRunningJobIsSnapshottedAndRetainsTheNewest() throws IOException {
    var running = cli.start("run", "count.py", "-o", "out.jsonl", "--epoch", "20ms");
    feed(running, "1\n2\n");
    while (!Files.exists(cli.file("out.jsonl")) || !cli.read("out.jsonl").equals("1\n3\n")) {
      assertThat(running.alive()).as(running.err()).isTrue();
    }
    var taken = take("count");
    feed(running, "3\n");
    running.process().getOutputStream().close();
    running.end().ok();
    assertThat(cli.weir("snapshot", "show", taken, "--rows").ok().out())
        .contains("\"name\":\"sum\",\"value\":3}");
    assertThat(cli.weir("cell", "get", "count", "sum").ok().out()).isEqualTo("6\n");

    for (int i = 0; i < 3; i++) {
      cli.weir("run", "count.py", "-i", "inline:1", "--snapshots", "eof", "--keep", "2").ok();
    }
    assertThat(cli.weir("snapshot", "list", "count").ok().lines()).hasSize(3);
  }

  @Test
  void restoreWithPositionsGoesOnWhereTheSnapshotStood() throws IOException {
    cli.write("in.jsonl", "1\n2\n3\n");
    var run = new String[] {"run", "count.py", "-i", "in.jsonl", "-o", "out.jsonl"};
    cli.weir(run).ok();
    var snapshot = take("count");
    Files.writeString(cli.file("in.jsonl"), "4\n5\n", java.nio.file.StandardOpenOption.APPEND);
    cli.weir("snapshot", "restore", "count", snapshot, "--positions").ok();
    cli.weir(run).ok();
    assertThat(cli.read("out.jsonl")).isEqualTo("1\n3\n6\n10\n15\n");

    cli.weir("snapshot", "restore", "count", snapshot).ok();
    cli.weir(run).ok();
    assertThat(cli.read("out.jsonl")).isEqualTo("7\n9\n12\n16\n21\n");
  }

  @Test
  void whatCouldHaveBeenResumedIsKeptBeforeARestore() {
    cli.weir("run", "count.py", "-i", "inline:1,2").ok();
    var snapshot = take("count");
    cli.write(
        "count.py", cli.read("count.py").replace("def action(x):", "def action(x):\n    int(x)"));
    assertThat(cli.weir("run", "count.py", "-i", "inline:7,\"x\"", "--fresh").status())
        .isEqualTo(1);
    var restored = cli.weir("snapshot", "restore", "count", snapshot).ok();
    assertThat(restored.err()).contains("could have been resumed", "kept as snapshot");
    assertThat(cli.weir("snapshot", "list", "count").ok().lines()).hasSize(3);
    assertThat(cli.weir("run", "count.py", "-i", "inline:1").ok().out()).isEqualTo("4\n");
  }

  @Test
  void aSnapshotMovesToAnotherStoreByAFile() throws IOException {
    cli.weir("run", "snapshot.py", "-i", "inline:1,2,3").ok();
    var id = take("snapshot");
    cli.weir("snapshot", "export", id, "state.zip").ok();
    assertThat(cli.sh("unzip -Z1 state.zip || python3 -m zipfile -l state.zip").ok().out())
        .contains("manifest.json", ".avro");
    var imported = cli.weir("snapshot", "import", "state.zip", "--store", "sqlite:other/s.db").ok();
    assertThat(cli.weir("snapshot", "verify", "--store", "sqlite:other/s.db").ok().out())
        .isEqualTo(imported.out().strip() + "  sound\n");
    cli.weir("snapshot", "restore", "snapshot", "--store", "sqlite:other/s.db").ok();
    assertThat(
            cli.weir("run", "snapshot.py", "-i", "inline:4,5", "--store", "sqlite:other/s.db")
                .ok()
                .lines())
        .containsExactly("10", "15");

    var whole = Files.readAllBytes(cli.file("state.zip"));
    Files.write(cli.file("short.zip"), Arrays.copyOf(whole, whole.length / 2));
    Files.write(cli.file("empty.zip"), new byte[0]);
    cli.write("text.zip", "This is not a zip file.\n");
    for (var broken : new String[] {"short.zip", "empty.zip", "text.zip"}) {
      refused(broken);
    }
    cli.sh(
            """
            python3 - <<'END'
            import zipfile
            with zipfile.ZipFile('state.zip') as old, zipfile.ZipFile('changed.zip', 'w') as new:
                for name in old.namelist():
                    data = bytearray(old.read(name))
                    if name.endswith('.avro'):
                        data[-20] ^= 1
                    new.writestr(name, data)
            END
            """)
        .ok();
    refused("changed.zip");
    cli.sh(
            """
            python3 - <<'END'
            import zipfile
            data = bytearray(open('state.zip', 'rb').read())
            for entry in zipfile.ZipFile('state.zip').infolist():
                middle = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
                data[middle] ^= 16
                open('flipped-' + entry.filename.replace('/', '-') + '.zip', 'wb').write(data)
                data[middle] ^= 16
            END
            """)
        .ok();
    refused("flipped-manifest.json.zip");
    refused("flipped-tables-cell.avro.zip");
    var missing = cli.weir("snapshot", "import", "nowhere.zip");
    assertThat(missing.status()).isIn(1, 2);
    assertThat(missing.err()).contains("nowhere.zip");
    assertThat(cli.weir("snapshot", "list").ok().lines())
        .as("nothing was imported in part")
        .hasSize(3);
  }

  private void refused(String file) {
    var result = cli.weir("snapshot", "import", file);
    assertThat(result.status()).as(result.err()).isIn(1, 2);
    assertThat(result.err()).contains(file).doesNotContain("unexpected", "\tat ");
    assertThat(result.err().lines()).hasSizeLessThan(10);
  }

  @Test
  void idsThatNameNoneOrSeveralAreRefused() {
    cli.weir("run", "count.py", "-i", "inline:1").ok();
    var ids = new java.util.ArrayList<String>();
    var letters = new java.util.HashMap<Character, String>();
    String twice = null;
    while (twice == null) {
      var id = take("count");
      ids.add(id);
      twice = letters.put(id.charAt(0), id) == null ? null : id.substring(0, 1);
    }
    var ambiguous = cli.weir("snapshot", "show", twice);
    assertThat(ambiguous.status()).isEqualTo(2);
    for (var id : ids) {
      if (id.startsWith(twice)) {
        assertThat(ambiguous.err()).contains(id);
      }
    }
    for (var command : new String[] {"show", "verify", "remove", "export"}) {
      var args =
          command.equals("export")
              ? new String[] {"snapshot", command, "zzzzzzzz", "x.zip"}
              : new String[] {"snapshot", command, "zzzzzzzz"};
      var unknown = cli.weir(args);
      assertThat(unknown.status()).as(command).isEqualTo(2);
      assertThat(unknown.err()).contains("zzzzzzzz");
    }
    cli.weir("run", "count.py", "-i", "inline:1", "--name", "other").ok();
    var notMine = cli.weir("snapshot", "restore", "other", ids.get(0));
    assertThat(notMine.status()).isEqualTo(2);
    assertThat(notMine.err()).contains("is of job 'count', not of 'other'");
    var none = cli.weir("snapshot", "restore", "other");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("has no snapshots", "weir snapshot take other");
    var nobody = cli.weir("snapshot", "take", "nobody");
    assertThat(nobody.status()).isEqualTo(2);
    assertThat(nobody.err()).contains("no job is named 'nobody'", "count, other");
  }

  private String take(String job) {
    return cli.weir("snapshot", "take", job).ok().out().strip();
  }

  private static void feed(Cli.Running running, String lines) throws IOException {
    var input = running.process().getOutputStream();
    input.write(lines.getBytes(StandardCharsets.UTF_8));
    input.flush();
  }
}
