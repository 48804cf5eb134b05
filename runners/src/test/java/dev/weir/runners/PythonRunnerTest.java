package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonRunnerTest extends ChildRunnerContract {

  /** The three models of FastScore's documentation, byte for byte. */
  static final String CELL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nimport fastscore\n\ndef begin():\n    fastscore.cells('counter').set(0)\n\ndef action(x):\n    counter = fastscore.cells('counter')\n    counter.update(lambda y: x + y)\n    yield counter.value";

  private static final String POOL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nimport fastscore\n\ndef begin():\n    fastscore.pools('counter').set('x', 0)\n\ndef action(v):\n    counter = fastscore.pools('counter')\n    counter.update('x', lambda x: x + 1)\n    yield counter.get('x')";
  private static final String SNAPSHOT_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n# fastscore.snapshots: eof\n\nimport fastscore\n\ndef begin():\n    cell = fastscore.cells('sum')\n    if cell.value == None:\n        cell.set(0)\n\ndef action(datum):\n  cell = fastscore.cells('sum')\n  cell.update(lambda x: x + datum)\n  yield cell.value";

  PythonRunnerTest() {
    super("model.py");
  }

  @Override
  String language() {
    return "CPython 3\\.\\d+\\.\\d+.*";
  }

  @Override
  String thatExits() {
    return "import os\ndef action(x):\n  os.write(2, b'bye\\n')\n  os._exit(3)";
  }

  @Override
  String thatIsKilled() {
    return "import os\ndef action(x):\n  os.kill(os.getpid(), 9)";
  }

  @Override
  String source(Program program) {
    return switch (program) {
      case ECHO -> "def action(x): yield x";
      case ALL_FUNCTIONS ->
          """
          seen = []
          def begin():
            seen.append('begin')
            yield 'first'
          def action(x):
            seen.append(x)
            yield x
            yield (3, -x)
          def end():
            yield len(seen)
            yield (3, seen)
          """;
      case SLOT_AND_NUMBER -> "def action(x, slot, seqno): yield [x, slot, seqno]";
      case TWO_ACTIONS -> "def even(x): yield x + 1\ndef other(x): yield (3, x)";
      case FAILING ->
          """
          import weir
          def action(x):
            print('called', x)
            weir.cells('c').update(lambda y: (y or 0) + x)
            yield x
            if x == 2: raise ValueError('two is bad')
            if x == 4: yield object()
            yield (3, -x)
          """;
      case BAD_BEGIN_AND_END ->
          """
          def begin(): raise ValueError('no begin')
          def action(x): yield x
          def end():
            yield 1
            raise ValueError('no end')
          """;
      case SYNTAX_ERROR -> "def action(x):\n  yield x +\n";
      case BAD_LOAD -> "x = 1\nraise ValueError('no load')\n";
      case NO_ACTION -> "def score(x): yield x";
      case NO_PARAMETERS -> "def action(): yield 1";
      case FOUR_PARAMETERS -> "def action(a, b, c, d): yield 1";
      case BEGIN_WITH_PARAMETER -> "def begin(x): pass\ndef action(a): yield 1";
      case CELL_WHILE_LOADING -> "import weir\nweir.cells('c').set(1)\ndef action(x): yield x";
      case PRINTS ->
          """
          import sys
          print('loading')
          def action(x):
            print('out', x)
            sys.stderr.write('err\\n')
            print('\\u00e9')
            sys.stdout.write('no end')
          """;
      case SETS_A_CELL -> "import weir\ndef action(x):\n  weir.cells('c').set(1)\n";
      case HANGS -> "def action(x):\n  print('in')\n  while True: pass";
      case SEED_CELL -> CELL_MODEL;
      case SEED_POOL -> POOL_MODEL;
      case SEED_SNAPSHOT -> SNAPSHOT_MODEL;
    };
  }

  @Test
  void generatorsAndFunctions() {
    try (var talk =
        with(
            """
            def action(x):
              if x == 0: return None
              if x == 1: return iter([1, 'one'])
              if x == 2: return (y for y in [2, {'two': [2.5, None, True]}])
              if x == 3: return [3]
              return (1, x)
            """)) {
      assertThat(talk.run(0L, 1L, 2L, 3L, 4L))
          .isEqualTo(
              List.of(
                  1L, "one", 2L, Map.of("two", Arrays.asList(2.5, null, true)), List.of(3L), 4L));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "def action(a): yield [a]                                    | a",
        "def action(a, b): yield [a, b]                              | a 0",
        "def action(a, b, c): yield [a, b, c]                        | a 0 7,b 0 9",
        "def action(a, k=5): yield [a]                               | a",
        "def action(a, slot=5, seqno=6): yield [a, slot, seqno]      | a 0 7,b 0 9",
        "def action(*a): yield list(a)                               | a",
        "class A:%  def __call__(self, a, b): yield [a, b]%action = A() | a 0",
        "class A:%  def f(self, a, b): return [a, b]%action = A().f     | a 0",
        "action = lambda a: [a]                                      | a",
      })
  void parametersAreCounted(String program, String expected) {
    try (var talk = with(program.replace('%', '\n'))) {
      talk.runner.send(
          new ToRunner.Work(1, 0, false, Batch.of(new Object[] {"a", "b"}, new long[] {7, 9})));
      var outputs = talk.next(FromRunner.Done.class).outputs().values();
      var texts = new ArrayList<String>();
      outputs.forEach(
          o -> texts.add(String.join(" ", ((List<?>) o).stream().map(String::valueOf).toList())));
      var wanted = expected.split(",", -1);
      assertThat(texts).hasSize(2).startsWith(wanted);
    }
  }

  @Test
  void outputsAreMadeJsonValues() {
    try (var talk =
        with(
            """
            import collections, enum
            class Colour(enum.IntEnum):
              RED = 1
            class Number:
              ndim = 0
              def item(self): return 2.5
            class Text(str): pass
            Pair = collections.namedtuple('Pair', 'a b')
            def action(x):
              yield {'t': (1, (2,)), Text('k'): Text('v')}
              yield Number()
              yield [Colour.RED, collections.OrderedDict(a=1), Pair(1, 2)]
              yield (1, 2, 3)
              yield (3, (1, 2))
            """)) {
      talk.work(0L);
      var outputs = talk.next(FromRunner.Done.class).outputs();
      assertThat(outputs.values())
          .containsExactly(
              Map.of("t", List.of(1L, List.of(2L)), "k", "v"),
              2.5,
              List.of(1L, Map.of("a", 1L), List.of(1L, 2L)),
              List.of(1L, 2L, 3L),
              List.of(1L, 2L));
      assertThat(outputs.slot(4)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{1}                | TypeError: the output is of type set, which is not a JSON value: use sorted(...) or list(...)",
        "float('nan')       | ValueError: the output is nan, which JSON does not have: use None or a number",
        "[1e400]            | ValueError: the output at [0] is inf, which JSON does not have: use None or a number",
        "{'a': {2: 3}}      | TypeError: the output at ['a'] has the key 2 of type int; the keys of a JSON object are str: use str(key)",
        "(2, 5)             | ValueError: a pair names the slot of an output, and 2 is none: output slots are odd; to output a pair, yield a list",
        "bytearray(b'x')    | TypeError: the output is of type bytearray, which is not a JSON value: use .decode(), or base64 for binary data",
        "memoryview(b'x')   | TypeError: the output is of type memoryview, which is not a JSON value: use .tolist()",
        "1j                 | TypeError: the output is of type complex, which is not a JSON value: use None, bool, int, float, str, list or dict",
      })
  void badOutputsAreBlamedOnTheirRecord(String output, String summary) {
    try (var talk =
        with("def action(x):\n  if x == 1: yield 1; yield 2\n  if x == 2: yield " + output)) {
      long id = talk.work(0L, 1L, 0L, 2L, 1L);
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.summary()).isEqualTo(summary);
      assertThat(failed.index()).isEqualTo(3);
      assertThat(failed.id()).isEqualTo(id);
    }
  }

  @Test
  void whatContainsItselfIsRefused() {
    try (var talk = with("def action(x):\n  a = [1]\n  a.append(a)\n  yield a")) {
      talk.work(0L);
      assertThat(talk.next(FromRunner.Failed.class).summary()).contains("contains itself");
    }
  }

  @Test
  void anExceptionNamesItsRecordAndOnlyTheUsersFrames() {
    try (var talk =
        with(
            """
            import weir
            def helper(x):
              return 10 // x
            def action(x):
              try:
                weir.cells('c').update(lambda y: helper(x))
              except ZeroDivisionError as e:
                raise ValueError('bad ' + str(x)) from e
            """)) {
      long id = talk.work(1L, 2L, 0L, 4L);
      var failed = talk.answer(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("action");
      assertThat(failed.id()).isEqualTo(id);
      assertThat(failed.index()).isEqualTo(2);
      assertThat(failed.summary()).isEqualTo("ValueError: bad 0");
      assertThat(failed.trace())
          .contains(
              "ZeroDivisionError", "The above exception was the direct cause", "return 10 // x")
          .contains("model.py\", line 3, in helper")
          .doesNotContain("<weir>", "<string>");
    }
  }

  @ParameterizedTest
  @CsvSource({"SystemExit(3),SystemExit: 3", "KeyboardInterrupt(),KeyboardInterrupt"})
  void attemptsToLeaveAreFailures(String exception, String summary) {
    try (var talk = with("def action(x):\n  raise " + exception + "\n  yield")) {
      talk.work(1L);
      assertThat(talk.next(FromRunner.Failed.class).summary()).isEqualTo(summary);
    }
  }

  @Test
  void failuresToLoadNameTheLine() {
    assertThat(loadFails("x = 1\nfoo(x)\n").summary())
        .startsWith("NameError: name 'foo' is not defined (")
        .endsWith("model.py, line 2)");
    assertThat(loadFails("def action(x):\n  yield x +\n").trace())
        .contains("yield x +", "model.py\", line 2");
    assertThat(loadFails("import sys\nsys.exit('no')").summary()).startsWith("SystemExit: no (");
    assertThat(loadFails("action = 5").summary()).contains("not a function but of type int");
    assertThat(loadFails("async def action(a): yield 1").summary()).contains("is async");
    assertThat(loadFails("def action(a, *, k): yield 1").summary())
        .contains("only be given by name");
  }

  @Test
  void aProgramThatClosesOurPipesEnds() {
    try (var talk = with("import os\ndef action(x):\n  os.closerange(3, 100)\n  yield x")) {
      talk.work(1L);
      assertThat(talk.next()).isInstanceOf(FromRunner.Exited.class);
    }
  }

  @Test
  void whatIsNoInterpreterIsSeen() {
    var file = write("def action(x): yield x");
    var spec = new PythonSpec(new Python(Path.of("/bin/cat")), file);
    assertThatThrownBy(() -> PythonRunner.inspect(spec)).isInstanceOf(RunnerException.class);
  }

  @Test
  void theProgramFindsItsNeighboursAndOurModulesAreOurs() throws Exception {
    Files.writeString(folder.resolve("helper.py"), "value = 41\n");
    Files.writeString(folder.resolve("fastscore.py"), "raise ImportError('a stub')\n");
    Files.writeString(folder.resolve("marshal.py"), "raise ImportError('not mine')\n");
    try (var talk =
        with(
            """
            import sys, os, helper
            from fastscore import *
            import fastscore, weir
            assert fastscore.cells is weir.cells is cells and fastscore.pools is pools
            assert fastscore.DeadlockError is DeadlockError
            def action(x):
              yield [__name__, os.path.basename(__file__), os.path.basename(sys.argv[0]), helper.value + x]
            if __name__ == '__main__': raise SystemExit
            """)) {
      assertThat(talk.run(1L)).containsExactly(List.of("model", "model.py", "model.py", 42L));
    }
  }

  @Test
  void whateverWritesIsHeardAndDoesNotDisturb() {
    try (var talk =
        with(
            """
            import os, sys, weir
            def action(x):
              os.write(1, b'raw one\\n')
              os.write(2, b'raw two \\xff\\r\\n')
              weir.log('log \\u00e9 \\ud800')
              print('x' * 100000)
              sys.stdout.write('no end')
              yield sys.stdin.read()
            """)) {
      assertThat(talk.run(1L)).containsExactly("");
      for (var line : List.of("raw one", "raw two \ufffd", "log \u00e9 \\ud800")) {
        assertThat(talk.line()).isEqualTo(line);
      }
      assertThat(talk.line().length() + talk.line().length()).isEqualTo(100_000);
      talk.runner.close();
      assertThat(talk.line()).isEqualTo("no end");
    }
  }

  @Test
  void aFloodOfPrintsHoldsNothingUp() {
    var file = write("def action(x):\n  for i in range(100000): print('line', i)\n  yield x");
    try (var talk = new Conversation(ProgramSpec.of(file))) {
      assertThat(talk.next()).isInstanceOf(FromRunner.Ready.class);
      assertThat(talk.run(1L)).containsExactly(1L);
      talk.runner.close();
      talk.next(FromRunner.Exited.class);
      assertThat(talk.printed).hasSize(100_000);
    }
  }

  /** Ctrl-C and a service manager's SIGTERM reach the whole process group. */
  @Test
  void signalsThatAskToEndAreWeirsBusiness() {
    try (var talk =
        with(
            """
            import multiprocessing, os, time
            def work(there):
              there.set()
              time.sleep(1e6)
            def action(x):
              for number in (2, 15):
                os.kill(os.getpid(), number)
              fork = multiprocessing.get_context('fork')
              there = fork.Event()
              forked = fork.Process(target=work, args=(there,))
              forked.start()
              there.wait()
              forked.terminate()
              forked.join()
              print(forked.exitcode)
            """)) {
      talk.work(1L);
      assertThat(talk.line()).isEqualTo("-15");
    }
  }

  @Test
  void aHangIsLocatedAndCanBeKilled() {
    try (var talk =
        with(
            """
            import time
            def inner():
              print('in')
              while True: pass
            def action(x):
              inner()
            """)) {
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace()).isEqualTo("waiting for records");
      talk.work(1L);
      assertThat(talk.line()).isEqualTo("in");
      String trace;
      do { // what was printed is heard before print() has returned
        talk.runner.send(new ToRunner.Where());
        trace = talk.next(FromRunner.Stack.class).trace();
      } while (trace.contains("print('in')"));
      assertThat(trace)
          .contains("line 6, in action", "line 4, in inner", "while True: pass")
          .doesNotContain("weir", "<string>");
      talk.runner.kill();
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(137, "killed by signal 9"));
    }
  }

  @Test
  void closingIsPolite() {
    var program = "import atexit\natexit.register(print, 'left')\ndef action(x): yield x";
    try (var talk = with(program)) {
      talk.runner.close();
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(0, "exit status 0"));
      assertThat(talk.printed).containsExactly("left");
    }
  }

  @Test
  void childrenOfTheProgramDoNotKeepItAlive() throws Exception {
    try (var talk =
        with(
            """
            import subprocess
            child = subprocess.Popen(['sleep', '1000'])
            def action(x): yield child.pid
            """)) {
      long pid = (Long) talk.run(1L).get(0);
      var child = ProcessHandle.of(pid).orElseThrow();
      talk.runner.kill();
      talk.next(FromRunner.Exited.class);
      child.onExit().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void forkedChildrenCannotSpeakForTheRunner() {
    try (var talk =
        with(
            """
            import os, weir
            def action(x):
              pid = os.fork()
              if pid == 0:
                try: weir.cells('c').set(1)
                except RuntimeError: os._exit(7)
                os._exit(1)
              yield os.waitpid(pid, 0)[1] >> 8
            """)) {
      assertThat(talk.run(1L)).containsExactly(7L);
    }
  }

  @Test
  void otherThreadsCannotUseCells() {
    try (var talk =
        with(
            """
            import threading, weir
            said = []
            def work():
              try: weir.cells('c').set(1)
              except RuntimeError as e: said.append(str(e))
            def action(x):
              thread = threading.Thread(target=work)
              thread.start()
              thread.join()
              yield said[0]
            """)) {
      assertThat((String) talk.run(1L).get(0)).contains("only from the thread that calls");
    }
  }

  @Test
  void outlines() {
    var spec =
        new PythonSpec(
            Conversation.PYTHON,
            write(
                """
                import fastscore
                from math import pi
                count = 0
                raise SystemExit('must not run')
                def begin():
                  global count
                  count = 1
                def action(x, slot, k=1): yield x
                """));
    assertThat(PythonRunner.inspect(spec))
        .isEqualTo(
            new Outline(
                Set.of("begin", "action"),
                2,
                Set.of("fastscore"),
                List.of(new Outline.Variable("count", 6)),
                java.util.Optional.empty()));
    write("x = 1\ndef action(x)\n  yield x\n");
    var problem = PythonRunner.inspect(spec).problem().orElseThrow();
    assertThat(problem.line()).isEqualTo(2);
    assertThat(problem.text()).isEqualTo("def action(x)");
    assertThat(problem.message()).isNotBlank();
  }

  @Test
  void whatIsNotPythonIsAnError() {
    var file = write("def action(x): yield x");
    var missing = new PythonSpec(new Python(folder.resolve("nothing")), file);
    assertThatThrownBy(() -> PythonRunner.start(missing, null))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("WEIR_PYTHON");
    var spec = new PythonSpec(new Python(Path.of("/bin/false")), file);
    assertThatThrownBy(() -> PythonRunner.inspect(spec))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("/bin/false");
  }
}
