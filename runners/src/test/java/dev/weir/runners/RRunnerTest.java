package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RRunnerTest extends ChildRunnerContract {

  /** The three models of FastScore's documentation, byte for byte. */
  private static final String CELL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nlibrary(fastscore)\n\nbegin <- function() {\n    counter <- Cell('counter')\n    Set(counter, 0)\n}\n\naction <- function(x) {\n    counter <- Cell('counter')\n    Update(counter, function(y) y + x)\n    emit(Get(counter))\n}\n";

  private static final String POOL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nlibrary(fastscore)\n\nbegin <- function(){\n    counter <- Pool('counter')\n    Set(counter, 'x', 0)\n}\n\naction <- function(datum){\n    counter <- Pool('counter')\n    Update(counter, 'x', function(x) x + 1)\n    emit(Get(counter, 'x'))\n}";
  private static final String SNAPSHOT_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n# fastscore.snapshots: eof\n\nlibrary(fastscore)\n\nbegin <- function(){\n    cell <- Cell('sum')\n    if(length(Get(cell)) == 0){\n        Set(cell, 0)\n    }\n}\n\naction <- function(datum){\n    c_sum <- Cell('sum')\n    result <- datum + Get(c_sum)\n    Set(c_sum, result)\n    emit(result)\n}";

  RRunnerTest() {
    super("model.R");
  }

  @Override
  String language() {
    return "R \\d+\\.\\d+\\.\\d+";
  }

  @Override
  String thatExits() {
    return "action <- function(x) { cat('bye\\n'); quit('no', 3) }";
  }

  @Override
  String thatIsKilled() {
    return "action <- function(x) tools::pskill(Sys.getpid(), 9)";
  }

  @Override
  String source(Program program) {
    return switch (program) {
      case ECHO -> "action <- emit";
      case ALL_FUNCTIONS ->
          """
          seen <- list()
          begin <- function() { seen <<- list('begin'); emit('first') }
          action <- function(x) { seen <<- c(seen, x); emit(x); emitTo(3, -x); 99 }
          end <- function() { emit(length(seen)); emitTo(3, seen) }
          """;
      case SLOT_AND_NUMBER -> "action <- function(x, slot, seqno) emit(list(x, slot, seqno))";
      case TWO_ACTIONS -> "even <- function(x) emit(x + 1)\nother <- function(x) emitTo(3, x)";
      case FAILING ->
          """
          library(weir)
          action <- function(x) {
            cat('called', paste0(x, '\\n'))
            Update(Cell('c'), function(y) sum(y, x))
            emit(x)
            if (x == 2) stop('two is bad')
            if (x == 4) emit(Sys.Date())
            emitTo(3, -x)
          }
          """;
      case BAD_BEGIN_AND_END ->
          """
          begin <- function() stop('no begin')
          action <- function(x) emit(x)
          end <- function() { emit(1); stop('no end') }
          """;
      case SYNTAX_ERROR -> "action <- function(x) {\n  emit(x +)\n}\n";
      case BAD_LOAD -> "x <- 1\nstop('no load')\n";
      case NO_ACTION -> "score <- function(x) 1";
      case NO_PARAMETERS -> "action <- function() 1";
      case FOUR_PARAMETERS -> "action <- function(a, b, c, d) 1";
      case BEGIN_WITH_PARAMETER -> "begin <- function(x) 1\naction <- emit";
      case CELL_WHILE_LOADING -> "library(weir)\nSet(Cell('c'), 1)\naction <- emit";
      case PRINTS ->
          """
          cat('loading\\n')
          action <- function(x) {
            cat('out', paste0(x, '\\n'))
            message('err')
            cat('\\u00e9\\n')
            cat('no end')
          }
          """;
      case SETS_A_CELL -> "action <- function(x) {\n  Set(Cell('c'), 1)\n}";
      case HANGS -> "action <- function(x) { cat('in\\n'); repeat {} }";
      case SEED_CELL -> CELL_MODEL;
      case SEED_POOL -> POOL_MODEL;
      case SEED_SNAPSHOT -> SNAPSHOT_MODEL;
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "function(a) emit(list(a))                                 | a",
        "function(a, b) emit(list(a, b))                           | a 0",
        "function(a, b, c) emit(list(a, b, c))                     | a 0 7,b 0 9",
        "function(a, k = 5) emit(list(a))                          | a",
        "function(a, slot = 5, seqno = 6) emit(list(a, slot, seqno)) | a 0 7,b 0 9",
        "function(...) emit(list(...))                             | a",
      })
  void parametersAreCounted(String action, String expected) {
    try (var talk = with("action <- " + action)) {
      talk.runner.send(
          new ToRunner.Work(1, 0, false, Batch.of(new Object[] {"a", "b"}, new long[] {7, 9})));
      var outputs = talk.next(FromRunner.Done.class).outputs().values();
      var texts =
          outputs.stream()
              .map(o -> String.join(" ", ((List<?>) o).stream().map(String::valueOf).toList()))
              .toList();
      assertThat(texts).hasSize(2).startsWith(expected.split(",", -1));
    }
  }

  /** Columns: how R sees a record; what comes back of it. */
  @Test
  void recordsInRAndOutputsInJson() {
    var object = new LinkedHashMap<String, Object>();
    object.put("x", 4L);
    object.put("y", 1.5);
    try (var talk =
        with(
            """
            action <- function(d) {
              emit(d[['x']] * d$y + d[[1]])
              emit(c(1, 2.5))
              emit(c(a = 7L))
              emit(I(7L))
              emit(list(1, 'b', NULL, TRUE))
              emit(list(a = 1, b = list(c = numeric(0))))
              emit(NA)
              emit(c(NA, 1))
              emit(factor(c('u', 'v')))
              emit(matrix(1:4, 2))
              emit(setNames(list(), character()))
              emit(2^53); emit(2^60); emit(-0.0); emit(0.5); emit('\\u00e9')
              x <- 'fa\\xE7ile'; Encoding(x) <- 'latin1'; emit(x)
            }
            """)) {
      assertThat(talk.run(object))
          .isEqualTo(
              Arrays.asList(
                  10L,
                  List.of(1L, 2.5),
                  7L,
                  List.of(7L),
                  Arrays.asList(1L, "b", null, true),
                  Map.of("a", 1L, "b", Map.of("c", List.of())),
                  null,
                  Arrays.asList(null, 1L),
                  List.of("u", "v"),
                  List.of(List.of(1L, 3L), List.of(2L, 4L)),
                  Map.of(),
                  1L << 53,
                  0x1p60,
                  0L,
                  0.5,
                  "é",
                  "façile"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NaN                      | Error: the output is NaN, which JSON does not have: use NULL or a number",
        "list(1, c(2, Inf))       | Error: the output at [[2]][[2]] is Inf, which JSON does not have: use NULL or a number",
        "Sys.Date()               | Error: the output is of type Date, which is not a JSON value: use format(...)",
        "list(a = Sys.time())     | Error: the output at $a is of type POSIXct, which is not a JSON value: use format(...)",
        "raw(2)                   | Error: the output is of type raw, which is not a JSON value: use rawToChar(...), or base64 for binary data",
        "1i                       | Error: the output is of type complex, which is not a JSON value: use Re(...) and Im(...)",
        "function(x) x            | Error: the output is of type closure, which is not a JSON value: use NULL, TRUE or FALSE, a number, text, or a list of them",
        "globalenv()              | Error: the output is of type environment, which is not a JSON value: use as.list(...)",
        "quote(a + b)             | Error: the output is of type language, which is not a JSON value: use deparse(...)",
        "list(a = 1, 2)           | Error: the output is a list of which some items have names and others not: name all of them, for an object, or use unname(...), for an array",
        "list(a = 1, a = 2)       | Error: the output has the name 'a' twice, which a JSON object has not",
        "data.frame(a = 1)        | Error: the output is of type data.frame, which is not a JSON value: declare record sets for its slot, or use as.list(...)",
        "array(1, c(2, 1, 1))     | Error: the output is an array of 3 dimensions: use a matrix or nested lists",
      })
  void badOutputsAreBlamedOnTheirRecord(String output, String summary) {
    try (var talk =
        with(
            "action <- function(x) {\n  if (x == 1) { emit(1); emit(2) }\n  if (x == 2) emit("
                + output
                + ")\n}")) {
      long id = talk.work(0L, 1L, 0L, 2L, 1L);
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.summary()).isEqualTo(summary);
      assertThat(failed.index()).isEqualTo(3);
      assertThat(failed.id()).isEqualTo(id);
    }
  }

  @Test
  void anErrorNamesItsRecordAndOnlyTheUsersFrames() {
    try (var talk =
        with(
            """
            library(weir)
            helper <- function(x) {
              y <- 1
              log('a')
            }
            action <- function(x) {
              if (x == 0) Update(Cell('c'), function(y) {
                helper(x)
              })
              emit(x)
            }
            """)) {
      long id = talk.work(1L, 2L, 0L, 4L);
      var failed = talk.answer(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("action");
      assertThat(failed.id()).isEqualTo(id);
      assertThat(failed.index()).isEqualTo(2);
      assertThat(failed.summary())
          .isEqualTo("Error in log(\"a\"): non-numeric argument to mathematical function");
      assertThat(failed.trace())
          .contains("model.R\", line 7, in action", "model.R\", line 4, in helper", "log('a')")
          .doesNotContain("calls(", "weir$", "attempt");
    }
  }

  private Outputs set(Conversation talk, Object... records) {
    talk.runner.send(new ToRunner.Work(1, 0, true, Batch.of(1, records)));
    return talk.next(FromRunner.Done.class).outputs();
  }

  @Test
  void recordSets() {
    try (var talk =
        with(
            Map.of(),
            Set.of(0, 1),
            false,
            "action <- function(d, slot, n) { print(class(d)); print(dim(d)); emit(d) }")) {
      var wolf = Map.of("lone", "wolf");
      Object two = new LinkedHashMap<String, Object>(Map.of("id", 2L, "ok", true));
      Object one = new LinkedHashMap<String, Object>(Map.of("id", 1L));
      var oneBack = new LinkedHashMap<String, Object>();
      oneBack.put("id", 1L);
      oneBack.put("ok", null);
      assertThat(set(talk, two, one).values()).containsExactly(two, oneBack, Control.SET);
      assertThat(set(talk).values()).containsExactly(Control.SET);
      assertThat(set(talk, 2L, 3L, 5.5).values()).containsExactly(2L, 3L, 5.5, Control.SET);
      assertThat(set(talk, List.of(2L), List.of(3L)).values()).containsExactly(2L, 3L, Control.SET);
      assertThat(set(talk, List.of(1L, 2L), List.of(3L, 4L)).values())
          .containsExactly(List.of(1L, 2L), List.of(3L, 4L), Control.SET);
      assertThat(set(talk, 137L).values()).containsExactly(137L, Control.SET);
      assertThat(set(talk, List.of(137L)).values()).containsExactly(137L, Control.SET);
      assertThat(set(talk, wolf).values()).containsExactly(wolf, Control.SET);
      Object nested = Map.of("a", List.of(1L, Map.of("b", 2L)));
      assertThat(set(talk, nested, nested).values()).containsExactly(nested, nested, Control.SET);
      assertThat(talk.printed)
          .startsWith(
              "[1] \"data.frame\"",
              "[1] 2 2",
              "[1] \"data.frame\"",
              "[1] 0 0",
              "[1] \"matrix\" \"array\" ",
              "[1] 3 1");
    }
  }

  @Test
  void framesOfOtherTypes() {
    try (var talk =
        with(
            Map.of(),
            Set.of(3),
            false,
            """
            action <- function(x) {
              emit(x)
              if (x == 1) emitTo(3, data.frame(f = factor(c('a', NA)), i = 1:2))
              if (x == 2) emitTo(3, data.frame(a = 1, when = Sys.Date()))
            }
            """)) {
      talk.work(1L);
      var outputs = talk.next(FromRunner.Done.class).outputs();
      var second = new LinkedHashMap<String, Object>();
      second.put("f", null);
      second.put("i", 2L);
      assertThat(outputs.values())
          .containsExactly(1L, Map.of("f", "a", "i", 1L), second, Control.SET);
      assertThat(new int[] {outputs.slot(0), outputs.slot(1), outputs.slot(3)})
          .containsExactly(1, 3, 3);
      talk.work(2L);
      assertThat(talk.next(FromRunner.Failed.class).summary())
          .isEqualTo(
              "Error: column 'when' of the data.frame for slot 3 is of type Date, which a record"
                  + " cannot have: use format(...)");
    }
  }

  @Test
  void aSetThatIsNone() {
    try (var talk = with(Map.of(), Set.of(0, 1), false, "action <- function(d) emit(5)")) {
      talk.runner.send(new ToRunner.Work(1, 0, true, Batch.of(1, 1L, 2L)));
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.summary())
          .contains("slot 1 has record sets: emit a data.frame or a matrix");
      assertThat(failed.index()).isEqualTo(1);
    }
  }

  @Test
  void failuresToLoadNameTheLine() {
    assertThat(loadFails("x <- 1\nfoo(x)\n").summary())
        .startsWith("Error in foo(x): could not find function \"foo\" (")
        .endsWith("model.R, line 2)");
    var missing = loadFails("x <- 1\n\nlibrary(no.such.package)\n");
    assertThat(missing.summary())
        .contains("there is no package called", "no.such.package")
        .endsWith("model.R, line 3)");
    var syntax = loadFails("action <- function(x) {\n  emit(x +)\n}\n");
    assertThat(syntax.summary())
        .startsWith("SyntaxError: unexpected ')' (")
        .contains("model.R, line 2)");
    assertThat(syntax.trace()).contains("emit(x +)");
    assertThat(loadFails("action <- 5").summary()).contains("not a function but of type numeric");
    assertThat(loadFails("emit(1)\naction <- emit").summary())
        .contains("not while the file is loaded");
  }

  @Test
  void librariesOfOursAndOfR() {
    try (var talk =
        with(
            """
            suppressPackageStartupMessages(library(fastscore))
            stopifnot(require(weir), require(fastscore))
            library("stats")
            library(tools)
            action <- function(x) emit(list(toTitleCase('word'), median(c(1, 2, 9)), basename(commandArgs(TRUE))))
            """)) {
      assertThat(talk.run(1L)).containsExactly(List.of("Word", 2L, "model.R"));
    }
  }

  @Test
  void whateverWritesIsHeardAndDoesNotDisturb() {
    try (var talk =
        with(
            """
            action <- function(x) {
              print(x)
              system('echo raw')
              warning('look out')
              print(Cell('c'))
              cat('no end')
              input <- file('stdin'); emit(length(readLines(input))); close(input)
            }
            """)) {
      assertThat(talk.run(1L)).containsExactly(0L);
      assertThat(talk.line()).isEqualTo("[1] 1");
      assertThat(talk.line()).isEqualTo("raw");
      assertThat(talk.line()).contains("Warning");
      var rest = talk.line();
      assertThat(rest.contains("look out") ? talk.line() : rest).isEqualTo("Cell('c')");
      talk.runner.close();
      assertThat(talk.line()).isEqualTo("no end");
    }
  }

  /** Ctrl-C reaches all processes of a session, a service manager's SIGTERM all of a service. */
  @Test
  void signalsThatAskToEndAreWeirsBusiness() {
    try (var talk =
        with(
            """
            action <- function(x) {
              tools::pskill(Sys.getpid(), 15L)
              Sys.sleep(0.01)
              stat <- strsplit(readLines('/proc/self/stat'), ' ')[[1]]
              emit(stat[[6]] == Sys.getpid())
            }
            """)) {
      assertThat(talk.run(1L, 2L)).containsExactly(true, true);
    }
  }

  @Test
  void outlines() {
    var spec =
        new RSpec(
            Conversation.R_HERE,
            write(
                """
                library(fastscore)
                count <- 0
                stop('must not run')
                begin <- function() {
                  x <- 1
                  count[["a"]] <<- x
                }
                action = function(x, slot, k = 1) emit(x)
                """));
    assertThat(RRunner.inspect(spec))
        .isEqualTo(
            new Outline(
                Set.of("begin", "action"),
                2,
                Set.of("fastscore"),
                List.of(new Outline.Variable("count", 6)),
                java.util.Optional.empty()));
    write("x <- 1\naction <- function(x {\n}\n");
    var problem = RRunner.inspect(spec).problem().orElseThrow();
    assertThat(problem.line()).isEqualTo(2);
    assertThat(problem.text()).isEqualTo("action <- function(x {");
    assertThat(problem.message()).isEqualTo("unexpected '{'");
  }

  @Test
  void theRThatIsMeant() throws IOException {
    var mine = program("mine");
    var onPath = program("bin/R");
    assertThat(R.find(Map.of("WEIR_R", mine.toString(), "PATH", folder + "/bin")))
        .isEqualTo(new R(mine));
    assertThat(R.find(Map.of("PATH", folder + "/bin"))).isEqualTo(new R(onPath));
    assertThatThrownBy(() -> R.find(Map.of("PATH", folder.toString())))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("apt-get install r-base-core")
        .hasMessageContaining("WEIR_R");
    var file = write("action <- emit");
    var spec = new RSpec(new R(Path.of("/bin/false")), file);
    assertThatThrownBy(() -> RRunner.inspect(spec))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("/bin/false");
  }

  private Path program(String name) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
