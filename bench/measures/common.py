"""What all measures use: Weir's command, a scratch folder, clocks, medians and the table of results."""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "bench" / "models"
LOOPS = ROOT / "bench" / "loops"
WEIR = str(ROOT / "weir")


class Wrong(Exception):
    """An answer is not what it must be."""


class Bench:
    """One run of the benchmark. Its scratch folder is deleted at the end."""

    def __init__(self, quick, runs):
        self.quick = quick
        self.runs = runs
        self.python = os.environ.get("WEIR_PYTHON") or _real(sys.executable)
        self.table = Table()

    def __enter__(self):
        subprocess.run([WEIR, "--version"], check=True, stdout=subprocess.DEVNULL)  # builds if it must
        self.scratch = Path(tempfile.mkdtemp(prefix="weir-bench-"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def introduce(self):
        java = subprocess.run(["java", "-version"], stderr=subprocess.PIPE, universal_newlines=True).stderr
        self.say("%d cores, load %.1f; %s; %s (%s)" % (
            os.cpu_count(), os.getloadavg()[0], java.splitlines()[0], version_of(self.python), self.python))

    def say(self, text):
        print("bench: " + text, file=sys.stderr, flush=True)

    def size(self, full, quick):
        return quick if self.quick else full

    def folder(self, name):
        """A new empty folder in which Weir can work."""
        folder = self.scratch / name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        return folder

    def weir(self, folder, *arguments, python=None, **keywords):
        """Runs Weir; gives how it went."""
        return timed([WEIR, *map(str, arguments)], folder, self.environment(python), **keywords)

    def environment(self, python=None):
        environment = dict(os.environ)
        environment["WEIR_PYTHON"] = python or self.python
        return environment

    def numbers(self, count):
        """A file of the ints 0 to 9 in turn, one a line."""
        path = self.scratch / ("numbers-%d.jsonl" % count)
        if not path.exists():
            cycle = "".join("%d\n" % i for i in range(10))
            with open(path, "w") as file:
                for _ in range(count // 100000):
                    file.write(cycle * 10000)
                rest = count % 100000
                file.write((cycle * (rest // 10 + 1))[:rest * 2])
        return path


class Timed:
    """How a process went: seconds on the clock, seconds of CPU with its children, and what it printed."""

    def __init__(self, wall, cpu, output):
        self.wall = wall
        self.cpu = cpu
        self.output = output


def timed(command, folder, environment=None, stdin=subprocess.DEVNULL):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=str(folder), env=environment, stdin=stdin, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = status
        out.seek(0)
        err.seek(0)
        if status != 0:
            raise Wrong("%s ended with status %d: %s" % (
                " ".join(map(str, command)), status, err.read().decode("utf-8", "replace")[-2000:]))
        return Timed(wall, usage.ru_utime + usage.ru_stime, out.read().decode("utf-8", "replace"))


def median(values):
    return statistics.median(values)


def spread(values):
    """Half the distance between the quartiles, as a share of the median."""
    if len(values) < 3:
        return 0.0
    quarters = statistics.quantiles(values, n=4)
    return (quarters[2] - quarters[0]) / 2 / statistics.median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def check(condition, message, *arguments):
    if not condition:
        raise Wrong(message % arguments)


def same_bytes(one, other):
    with open(one, "rb") as a, open(other, "rb") as b:
        while True:
            left, right = a.read(1 << 20), b.read(1 << 20)
            if left != right:
                return False
            if not left:
                return True


def version_of(python):
    return subprocess.run([python, "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()


def _real(python):
    return os.path.realpath(python) if platform.system() == "Linux" else python


class Table:
    """The results: what, its figure, a ratio or other verdict, what is wanted of it, and whether it is so."""

    def __init__(self):
        self.rows = []

    def section(self, title):
        self.rows.append((title,))

    def figure(self, what, figure):
        self.rows.append((what, figure, "", "", ""))

    def goal(self, what, figure, verdict, wanted, met):
        self.rows.append((what, figure, verdict, wanted, "ok" if met else "short"))

    def at_least(self, what, figure, ratio, wanted, noise=None):
        shown = "%.2fx" % ratio + ("" if noise is None else " ±%.0f%%" % (100 * noise))
        self.goal(what, figure, shown, ">= %sx" % wanted, ratio >= wanted)

    def show(self):
        heads = ("WHAT", "FIGURE", "RATIO", "WANTED", "")
        cells = [heads] + [row for row in self.rows if len(row) > 1]
        widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]

        def line(row):
            parts = [row[0].ljust(widths[0] + 2)] + [row[i].rjust(widths[i]) for i in (1, 2, 3)] + [row[4]]
            return "  ".join(parts).rstrip()

        print(line(heads))
        for row in self.rows:
            print("\n" + row[0] if len(row) == 1 else line(("  " + row[0],) + row[1:]))


def rate(records, seconds):
    return "{:,.0f}/s".format(records / seconds)


def milliseconds(seconds):
    return "{:,.0f} ms".format(seconds * 1000) if seconds >= 0.01 else "%.1f ms" % (seconds * 1000)


def megabytes(size):
    return "{:,.2f} MB".format(size / 1e6)


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
