package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PythonLeasesTest extends LeasesContract {

  PythonLeasesTest() {
    super("model.py");
  }

  @Override
  String source(Program program) {
    return "import weir\nc = weir.cells('c')\nd = weir.cells('d')\ne = weir.cells('e')\n"
        + "p = weir.pools('p')\n"
        + body(program);
  }

  private static String body(Program program) {
    return switch (program) {
      case SET_AND_GET -> "def action(x):\n  if x: c.set(x)\n  yield c.value\n";
      case ADD -> "def action(x):\n  yield c.update(lambda y: (y or 0) + x)\n";
      case ADD_SLOWLY ->
          """
          import time
          def action(x):
            c.update(lambda y: (y or 0) + x)
            time.sleep(0.001)
          """;
      case UPDATE_FROM_D -> "def action(x):\n  e.set(1)\n  c.update(lambda y: d.value)\n";
      case DEADLOCK ->
          """
          def action(x):
            try:
              c.update(lambda y: d.update(lambda z: 1))
            except weir.DeadlockError as e:
              yield str(e)
            yield c.value
          """;
      case NESTED ->
          """
          def action(x):
            for nested in (lambda y: c.update(lambda z: z), lambda y: c.set(1)):
              try: c.update(nested)
              except RuntimeError as e: yield str(e)
            for nested in (lambda y: p.set('k', 1), lambda y: p.delete('k')):
              try: p.update('k', nested)
              except RuntimeError as e: yield str(e)
            yield p.update('k', lambda y: p.update('l', lambda z: 7))
          """;
      case FAILED_UPDATES ->
          """
          def action(x):
            c.set({'a': [1]})
            def bad(y):
              y['a'].append(2)
              raise KeyError('no')
            try: c.update(bad)
            except KeyError: pass
            try: c.update(lambda y: object())
            except TypeError: pass
            yield c.value
          """;
      case FAILED_UPDATES_LOCK_NOTHING ->
          """
          def bad(y): raise KeyError('no')
          def action(x):
            said = []
            try: c.update(bad)
            except KeyError: pass
            c.set(1)
            def update(y):
              try: p.update('k', bad)
              except KeyError: pass
              p.set('k', 2)
              try: c.set(3)
              except RuntimeError as e: said.append(str(e))
              return d.value
            c.update(update)
            yield said[0]
          """;
      case POOL_BY_KEY ->
          """
          def action(x):
            yield p.get('k')
            yield p.contains('k')
            p.set('k', None)
            yield p.contains('k')
            yield p.update('k', lambda v: {'n': v})
            yield p.get('k')
            yield p.delete('k')
            yield p.delete('k')
            yield p.get('k')
            yield p.update('', lambda v: 3.5)
          """;
      case WHOLE_POOL ->
          """
          def action(x):
            p.update('k', lambda v: (v or 0) + x)
            p.set('m', [1])
            p.delete('old')
            yield sorted(p.keys())
            yield dict(p.items())
            yield len(p)
            yield p.get('missing')
          """;
      case OLD_AND_NEW ->
          "def action(x):\n  p.set('a', 1)\n  p.delete('b')\n  yield dict(p.items())\n";
      case OVERLAY ->
          """
          def begin():
            print(c.value, p.get('k'), *sorted(p.keys()))
            c.set(0)
            p.set('k', 'mine')
            p.delete('l')
            print(c.value, p.get('k'), *sorted(p.keys()))
            yield 'dropped'
          def action(x):
            yield c.value
            yield p.get('k')
          """;
      case NOT_VALUES ->
          """
          import datetime
          def action(x):
            for bad in ({1, 2}, (1, 2), b'x', float('nan'), {'a': [float('inf')]}, {1: 2}, object(),
                        datetime.date(2020, 1, 1), [lambda: 1]):
              try: c.set(bad)
              except (TypeError, ValueError) as e: yield str(e)
            try: p.set(5, 1)
            except TypeError as e: yield str(e)
            try: p.get(None)
            except TypeError as e: yield str(e)
            try: weir.cells(5)
            except TypeError as e: yield str(e)
            try: c.value = 5
            except AttributeError as e: yield str(e)
            try: c.valeu
            except AttributeError as e: yield str(e)
            yield c.value
          """;
    };
  }

  @Override
  List<String> refusals() {
    return List.of(
        "cell 'c' is of type set, which is not a JSON value: use sorted(...) or list(...)",
        "cell 'c' is of type tuple, which is not a JSON value: use list(...)",
        "cell 'c' is of type bytes, which is not a JSON value: use .decode(), or base64 for binary data",
        "cell 'c' is nan, which JSON does not have: use None or a number",
        "cell 'c' at ['a'][0] is inf, which JSON does not have: use None or a number",
        "cell 'c' has the key 1 of type int; the keys of a JSON object are str: use str(key)",
        "cell 'c' is of type object, which is not a JSON value: use None, bool, int, float, str, list or dict",
        "cell 'c' is of type datetime.date, which is not a JSON value: use .isoformat()",
        "cell 'c' at [0] is of type function, which is not a JSON value: use None, bool, int, float, str, list or dict",
        "pool 'p': a key is a str, not int: use str(...)",
        "pool 'p': a key is a str, not NoneType: use str(...)",
        "the name of a cell is a str, not int",
        "the value of a cell is not assigned: write cells('c').set(...), or .update(...)",
        "a cell has no attribute 'valeu': it has value, set and update");
  }

  @Test
  void valuesAreCopies() {
    var program =
        """
        import weir
        def action(x):
          c = weir.cells('c')
          given = {'b': [x]}
          c.set(given)
          given['b'].append(1)
          c.value['b'].append(2)
          yield c.value
          yield 'k' in weir.pools('p')
        """;
    try (var talk = with(program)) {
      assertThat(talk.run(5L)).containsExactly(Map.of("b", List.of(5L)), false);
    }
  }
}
