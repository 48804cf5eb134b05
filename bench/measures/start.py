"""Three records from command to result, and what the time is made of."""

import os
import shutil

from measures.common import MODELS, check, median, milliseconds, timed


def measure(bench):
    few = bench.folder("start")
    real = bench.python
    shim = shutil.which("python3")
    parts = {
        "run": lambda: run(bench, real),
        "version": lambda: bench.weir(few, "--version"),
        "java": lambda: timed(["java", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-version"], few),
        "python": lambda: timed([real, "-c", "pass"], few),
    }
    if shim and os.path.realpath(shim) != os.path.realpath(real):
        parts["found"] = lambda: run(bench, "python3")
        parts["shim"] = lambda: timed([shim, "-c", "pass"], few)
    times = {name: [] for name in parts}
    for _ in range(bench.size(15, 7)):
        for name, part in parts.items():
            times[name].append(part().wall)
    middle = {name: median(values) for name, values in times.items()}
    table = bench.table
    table.section("start: weir run on inline:1,2,3, from command to result")
    table.figure("weir run", milliseconds(middle["run"]))
    table.figure("  of it the JVM itself (java -version)", milliseconds(middle["java"]))
    table.figure("  of it the rest of weir --version", milliseconds(middle["version"] - middle["java"]))
    table.figure("  of it Python itself (python -c pass; partly beside the JVM)", milliseconds(middle["python"]))
    table.figure("  of it the run: store, runner, records, commits", milliseconds(
        middle["run"] - middle["version"] - middle["python"]))
    if "found" in middle:
        table.figure("weir run, WEIR_PYTHON=python3, which is " + shim, milliseconds(middle["found"]))
        table.figure("  of it that python3 -c pass", milliseconds(middle["shim"]))


def run(bench, python):
    folder = bench.folder("start-run")
    how = bench.weir(folder, "run", MODELS / "cell.py", "--input", "inline:1,2,3", "--quiet", python=python)
    check(how.output.split() == ["1", "3", "6"], "the results are %s, not 1, 3, 6", how.output.split())
    return how
