package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Export files: what is in them, and what is refused. */
class ExportsTest {

  @TempDir Path folder;
  private Store store;
  private Path file;

  @BeforeEach
  void exportOne() {
    store = Stores.open("memory:", StoreContract.CLOCK);
    store.declare(StoreContract.POOL);
    var builder = Commit.builder();
    for (int i = 0; i < 500; i++) {
      builder.put(StoreContract.POOL, "job", "m", "k" + i, "" + i);
    }
    store.claim("job").commit(1, builder.build());
    file = folder.resolve("job.zip");
    store.snapshots().export(SnapshotContract.take(store, "job").id(), file);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Copies a zip with one of its texts changed, or left out where the new text is null. */
  static void edit(Path from, Path to, String entry, UnaryOperator<String> change) {
    try (var in = new ZipFile(from.toFile());
        var out = new ZipOutputStream(Files.newOutputStream(to))) {
      for (var each : in.stream().toList()) {
        var bytes = in.getInputStream(each).readAllBytes();
        if (each.getName().equals(entry)) {
          var text = change.apply(new String(bytes, StandardCharsets.ISO_8859_1));
          if (text == null) {
            continue;
          }
          bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        }
        out.putNextEntry(new ZipEntry(each.getName()));
        out.write(bytes);
        out.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refused(Path file, String... because) {
    try (var fresh = Stores.open("memory:", StoreContract.CLOCK)) {
      assertThatThrownBy(() -> fresh.snapshots().importFrom(file))
          .isInstanceOf(BadExportException.class)
          .hasMessageContaining(file.getFileName().toString())
          .hasMessageContainingAll(because);
      assertThat(fresh.snapshots().list()).isEmpty();
    }
  }

  private Path edited(String entry, UnaryOperator<String> change) {
    var to = folder.resolve("edited.zip");
    edit(file, to, entry, change);
    return to;
  }

  @Test
  void otherProgramsCanReadIt() throws IOException {
    try (var zip = new ZipFile(file.toFile())) {
      var manifest =
          new String(
              zip.getInputStream(zip.getEntry("manifest.json")).readAllBytes(),
              StandardCharsets.UTF_8);
      assertThat(manifest)
          .contains("\"format\" : 1", "\"subject\" : \"job\"", "\"rows\" : 500", "\"sha256\"");
      var avro = folder.resolve("pool.avro");
      Files.copy(zip.getInputStream(zip.getEntry("tables/pool.avro")), avro);
      try (var reader =
          new DataFileReader<GenericRecord>(avro.toFile(), new GenericDatumReader<>())) {
        var first = reader.next();
        assertThat(first.get("operator")).hasToString("m");
        assertThat(first.get("key")).hasToString("k0");
        assertThat(first.get("value")).hasToString("0");
        assertThat(reader.getSchema().getField("value").schema().getProp("content"))
            .isEqualTo("json");
      }
    }
  }

  @Test
  void brokenFilesAreRefused() throws IOException {
    refused(folder.resolve("none.zip"), "no such file");
    refused(folder, "not a file");
    var text = folder.resolve("text.zip");
    Files.writeString(text, "not a zip at all");
    refused(text, "not a zip");
    var bytes = Files.readAllBytes(file);
    var cut = folder.resolve("cut.zip");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    refused(cut, "not a zip");
    refused(edited("manifest.json", t -> null), "no manifest.json");
    refused(edited("manifest.json", t -> "{"), "not JSON");
    refused(edited("manifest.json", t -> "{}"), "\"format\"");
    refused(edited("manifest.json", t -> t.replace("\"format\" : 1", "\"format\" : 2")), "newer");
    refused(edited("manifest.json", t -> t.replace("\"subject\" :", "\"object\" :")), "subject");
    refused(edited("manifest.json", t -> t.replace("\"rows\" : 500", "\"rows\" : 501")), "500");
    refused(edited("manifest.json", t -> t.replace("\"json\"", "\"xml\"")), "wrong value");
    refused(edited("manifest.json", t -> t.replace("\"text\"", "\"integer\"")), "pool");
    refused(edited("tables/pool.avro", t -> null), "pool.avro", "missing");
    refused(edited("tables/pool.avro", t -> t.substring(0, t.length() - 20)), "SHA-256");
  }
}
