package dev.weir.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.weir.state.WeirException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rooms of the house know only the rooms below them. */
class ArrowsTest {

  private static final List<String> ROOMS =
      List.of(
          "state",
          "graph",
          "runners",
          "views",
          "models",
          "operators",
          "pond",
          "streams",
          "engine",
          "app",
          "cli");

  private final JavaClasses house =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.weir", "weir", "fastscore");

  @Test
  void roomsKnowOnlyRoomsBelow() {
    var layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (var room : ROOMS) {
      layers = layers.layer(room).definedBy(packages(room));
    }
    layers
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("app")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("app", "cli")
        .whereLayer("streams")
        .mayOnlyBeAccessedByLayers("app", "cli")
        .whereLayer("views")
        .mayOnlyBeAccessedByLayers("app", "cli")
        .whereLayer("pond")
        .mayOnlyBeAccessedByLayers("app", "cli")
        .whereLayer("models")
        .mayOnlyBeAccessedByLayers("app", "cli")
        .whereLayer("operators")
        .mayOnlyBeAccessedByLayers("app", "cli")
        .whereLayer("runners")
        .mayOnlyBeAccessedByLayers("models", "operators", "app", "cli")
        .whereLayer("graph")
        .mayOnlyAccessLayers("state")
        .check(house);
  }

  @Test
  void everyRoomIsInThisTest() throws Exception {
    try (var folders = Files.list(Path.of(".."))) {
      var rooms =
          folders
              .filter(folder -> Files.isDirectory(folder.resolve("src/main/java/dev/weir")))
              .map(folder -> folder.getFileName().toString())
              .filter(name -> !name.equals("fixtures")) // servers for tests
              .toList();
      assertThat(rooms).containsExactlyInAnyOrderElementsOf(ROOMS);
    }
  }

  @Test
  void whatIsInternalStaysInItsRoom() {
    for (var room : ROOMS) {
      classes()
          .that()
          .resideInAPackage("dev.weir." + room + ".internal..")
          .should()
          .onlyBeAccessed()
          .byAnyPackage(packages(room))
          .allowEmptyShould(true)
          .check(house);
    }
  }

  @Test
  void exceptionsFormOneTree() {
    classes()
        .that()
        .areAssignableTo(Exception.class)
        .and()
        .arePublic()
        .should()
        .beAssignableTo(WeirException.class)
        .check(house);
  }

  @Test
  void nothingStaticChanges() {
    fields()
        .that()
        .areStatic()
        .and()
        .doNotHaveModifier(JavaModifier.SYNTHETIC)
        .should()
        .beFinal()
        .check(house);
  }

  /** The packages of a room; what Java models import is short to write. */
  private static String[] packages(String room) {
    return room.equals("runners")
        ? new String[] {"dev.weir.runners..", "weir..", "fastscore.."}
        : new String[] {"dev.weir." + room + ".."};
  }
}
