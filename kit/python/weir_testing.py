"""Tests a Weir model, or an operator of a graph, from Python, by unittest or pytest.

    import weir_testing

    def test_counts():
        result = weir_testing.check("cell.py", [1, 2, 3], expect=[1, 3, 6])
        assert result.cells["counter"] == 6

`check` runs the model as `weir run` does, and again with a snapshot taken, restored and gone on from after every
record, and fails if the two differ: then the model keeps something outside of cells and pools. `run` only looks.

`check_operator` does so with an operator, in any language, and more: see there.

The command is `weir` beside this file, or what WEIR says.
"""

import json
import os
import pathlib
import subprocess
import tempfile

__all__ = ["ModelError", "OperatorResult", "Result", "check", "check_operator", "run", "run_operator"]


class ModelError(Exception):
    """The model failed, or could not be run; the text says how."""


class Result:
    """What a model did.

    outputs      the outputs of slot 1
    slots        the outputs of every slot, by its number
    cells        the cells at the end, by name
    pools        the pools at the end, by name: each a dict
    rejected     records that were dropped and why, a line each
    printed      lines that the model printed
    differences  what differed: from what was expected, or after a restore; a line each
    restored     a Result of its own: what the model did with a restore after every record; or None
    """

    def __init__(self, outcome, differences, restored):
        self.slots = {int(slot): records for slot, records in outcome["outputs"].items()}
        self.outputs = self.slots.get(1, [])
        self.cells = outcome["cells"]
        self.pools = outcome["pools"]
        self.rejected = outcome["rejected"]
        self.printed = outcome["printed"]
        self.differences = differences
        self.restored = restored

    def __repr__(self):
        return "Result(outputs=%r, cells=%r, pools=%r)" % (self.outputs, self.cells, self.pools)


def run(model, records, restore=True):
    """Runs a model on records: any values that JSON can hold. Without `restore`, once and undisturbed."""
    lines = "".join(json.dumps(record, allow_nan=False) + "\n" for record in records)
    command = [_weir(), "model", "test", os.fspath(model), "--json"] + ([] if restore else ["--no-restore"])
    done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode > 1 or not done.stdout.strip():
        raise ModelError(done.stderr.decode(errors="replace").strip())
    report = json.loads(done.stdout.decode())
    restored = report["restored"]
    return Result(report["plain"], report["differences"], restored and Result(restored, [], None))


def check(model, records, expect=None, restore=True):
    """Runs a model and raises AssertionError unless it puts out what is expected, restored or not."""
    result = run(model, records, restore)
    if expect is not None:
        expect = list(expect)
        if result.outputs != expect:
            result.differences.insert(0, "the outputs are %r, expected are %r" % (result.outputs, expect))
    if result.differences:
        raise AssertionError("\n".join(["%s:" % os.fspath(model)] + result.differences))
    return result


class OperatorResult:
    """What an operator did.

    outputs   what it gave, by port
    breaches  where it breaks its contract, a line each
    """

    def __init__(self, report):
        self.outputs = report["outputs"]
        self.breaches = report["breaches"]

    def __repr__(self):
        return "OperatorResult(outputs=%r, breaches=%r)" % (self.outputs, self.breaches)


def run_operator(graph, node, records, repetition=False, any_order=False, **parameters):
    """Runs one operator of a graph on records: values for its first input, or a list of pairs of a port and a value.

    It is run as they come, and with a snapshot restored and an epoch ended after every record, with all records at once,
    and with an output that fails every other time; with `repetition`, with every record twice; with `any_order`, with
    another order of its inputs. Keywords are parameters of the graph.
    """
    command = [_weir(), "operator", "test", os.fspath(graph), node, "--json"]
    command += ["--bears-repetition"] * repetition + ["--bears-any-order"] * any_order
    for name, value in parameters.items():
        command += ["--set", "%s=%s" % (name, value)]
    with tempfile.TemporaryDirectory() as folder:
        for number, (port, values) in enumerate(_by_port(records)):
            path = pathlib.Path(folder) / ("%d.jsonl" % number)
            path.write_text("".join(json.dumps(value, allow_nan=False) + "\n" for value in values), "utf-8")
            command += ["--input", "%s=%s" % (port, path) if port else str(path)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode > 1 or not done.stdout.strip():
        raise ModelError(done.stderr.decode(errors="replace").strip())
    return OperatorResult(json.loads(done.stdout.decode()))


def check_operator(graph, node, records, expect=None, **keywords):
    """Runs an operator and raises AssertionError where it breaks its contract, or gives other outputs than expected.

    `expect` is a dict of lists by port.
    """
    result = run_operator(graph, node, records, **keywords)
    wrong = list(result.breaches)
    for port, outputs in (expect or {}).items():
        if result.outputs.get(port) != list(outputs):
            wrong.insert(0, "the outputs of %s are %r, expected are %r" % (port, result.outputs.get(port), outputs))
    if wrong:
        raise AssertionError("\n".join(["%s, %s:" % (os.fspath(graph), node)] + wrong))
    return result


def _by_port(records):
    """Runs of records that follow each other at one port; None for the first."""
    runs = []
    for record in records:
        port, value = record if isinstance(record, tuple) else (None, record)
        if not runs or runs[-1][0] != port:
            runs.append((port, []))
        runs[-1][1].append(value)
    return runs


def _weir():
    return os.environ.get("WEIR") or str(pathlib.Path(__file__).resolve().parents[2] / "weir")
