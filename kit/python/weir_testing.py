"""Tests a Weir model from Python, by unittest or pytest.

    import weir_testing

    def test_counts():
        result = weir_testing.check("cell.py", [1, 2, 3], expect=[1, 3, 6])
        assert result.cells["counter"] == 6

`check` runs the model as `weir run` does, and again with a snapshot taken, restored and gone on from after every
record, and fails if the two differ: then the model keeps something outside of cells and pools. `run` only looks.

The command is `weir` beside this file, or what WEIR says.
"""

import json
import os
import pathlib
import subprocess

__all__ = ["ModelError", "Result", "check", "run"]


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


def _weir():
    return os.environ.get("WEIR") or str(pathlib.Path(__file__).resolve().parents[2] / "weir")
