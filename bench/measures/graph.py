"""Graphs of operators in Java, against Flink and Hazelcast Jet that do the same: running sums by key, records handed on,
the start, the way back after kill -9, and what epochs cost.

All take a snapshot every second: Weir a commit in SQLite, Flink a checkpoint in files, Jet one in memory. All start a
Java of their own. The others tell the time from their first record to their last; of Weir all counts, from its command to
its end, the last commit included, but in the short run through three operators, where the time of one record is taken off.
"""

import json
import os
import signal
import sqlite3
import subprocess
import time

from measures.common import ROOT, check, median, milliseconds, rate, spread, timed
from measures.java import peers

GRAPHS = ROOT / "bench" / "graphs"
FOREVER = 1 << 40


PARTS = ["turn", "random", "records", "start", "back", "epochs"]


def measure(bench, parts):
    classpath = peers(bench)
    many = bench.size(100_000_000, 10_000_000)
    for part, run in (
            ("turn", lambda: sums(bench, classpath, many, 100_000, "turn")),
            ("random", lambda: sums(bench, classpath, many, bench.size(10_000_000, 1_000_000), "random")),
            ("records", lambda: handed_on(bench, classpath, bench.size(20_000_000, 4_000_000))),
            ("start", lambda: start(bench, classpath)),
            ("back", lambda: back(bench, classpath, bench.size(1_000_000, 100_000))),
            ("epochs", lambda: epochs(bench, bench.size(100_000_000, 20_000_000), 1_000_000))):
        if part in parts:
            run()


def sums(bench, classpath, count, keys, order):
    _, used, bare = java(bench, classpath, "BareSums", count, keys, order)
    # What is slow does the same job, but of fewer records: RocksDB, and all with ten million keys.
    few = max(1, count // 20)
    some = count if order == "turn" else count // 5
    sums_of = {n: java(bench, classpath, "BareSums", n, keys, order)[0] for n in {few, some}}
    rates = {"Weir": [], "Flink, its heap": [], "Flink, RocksDB": [], "Jet": []}
    lengths = []
    for i in range(bench.runs):
        bench.say("graph: sums of {:,} keys {}, run {} of {}".format(keys, order, i + 1, bench.runs))
        seconds, length = weir_sums(bench, count, keys, order, int(used))
        lengths.append(length)
        rates["Weir"].append(count / seconds)
        for name, n, what in (
                ("Flink, its heap", some, ("FlinkGraph", "hashmap")),
                ("Flink, RocksDB", few, ("FlinkGraph", "rocksdb")),
                ("Jet", some, ("JetGraph", None))):
            rates[name].append(n / peer_sums(bench, classpath, what, n, keys, order, sums_of[n]))
    ours = rates["Weir"]
    table = bench.table
    table.section("graph: running sums of {:,} numbers by {:,} keys, {}, an epoch a second".format(
        count, keys, {"turn": "each in its turn", "random": "at random"}[order]))
    table.figure("a bare loop over an array, nothing kept", rate(count, float(bare)))
    table.figure("Weir, the sums in SQLite", "%s ±%.0f%%" % (rate(median(ours), 1), 100 * spread(ours)))
    table.figure("  seconds an epoch, since a barrier waits for the commit before it", "%.1f s" % median(lengths))
    table.figure("  records of Flink and Jet, of RocksDB", "{:,}, {:,}".format(some, few))
    against(table, ours, rates, "Flink, its heap", 1.0 if order == "turn" else None)
    against(table, ours, rates, "Flink, RocksDB", 10.0 if order == "turn" else 5.0)
    against(table, ours, rates, "Jet", None)


def against(table, ours, rates, name, wanted):
    ratios = [a / b for a, b in zip(ours, rates[name])]
    figure = rate(median(rates[name]), 1)
    if wanted is None:
        table.figure("%s (Weir is %.2fx)" % (name, median(ratios)), figure)
    else:
        table.at_least("Weir, against " + name, figure, median(ratios), wanted, spread(ratios))


def weir_sums(bench, count, keys, order, used, epoch="1s"):
    folder = bench.folder("graph")
    how = graph(bench, folder, "sums.yaml", "--epoch", epoch, count=count, keys=keys, order=order)
    with sqlite3.connect(str(folder / ".weir" / "state.db")) as store:
        total, rows = store.execute("select sum(total), count(*) from sums").fetchone()
    check(total == count * (count + 1) // 2, "the sums add up to %s", total)
    check(rows == used, "there are %s keys, not %d", rows, used)
    (job,) = json.loads("[%s]" % bench.weir(folder, "job", "inspect", "sums", "--json").output)
    # The last epoch ends with the input.
    return how.wall, how.wall / max(1, job["epoch"] - 1)


def peer_sums(bench, classpath, what, count, keys, order, wanted):
    engine, backend = what
    if engine == "FlinkGraph":
        said = java(bench, classpath, engine, "sums", count, bench.folder("peer"), keys, order, backend)
    else:
        said = java(bench, classpath, engine, "sums", count, keys, order)
    check(said[1] == wanted, "%s says %s, not %s", engine, said[1], wanted)
    return float(said[2])


def handed_on(bench, classpath, count):
    wanted = str(count * (count + 1) // 2)
    rates = {"Weir": [], "Flink": [], "Jet": []}
    for i in range(bench.runs):
        bench.say("graph: records through three operators, run %d of %d" % (i + 1, bench.runs))
        folder = bench.folder("graph")
        start = graph(bench, folder, "pass.yaml", "--epoch", "1s", count=1).wall
        how = graph(bench, folder, "pass.yaml", "--epoch", "1s", "--fresh", count=count)
        (job,) = json.loads("[%s]" % bench.weir(folder, "job", "inspect", "pass", "--json").output)
        check(job["positions"]["out"]["records"] == count, "%s records came out", job["positions"]["out"])
        rates["Weir"].append(count / (how.wall - start))
        for name, words in (("Flink", ("FlinkGraph", "pass", count, bench.folder("peer"))),
                            ("Jet", ("JetGraph", "pass", count))):
            said = java(bench, classpath, *words)
            check(said[1] == wanted, "%s says %s, not %s", name, said[1], wanted)
            rates[name].append(count / float(said[2]))
    table = bench.table
    table.section("graph: {:,} numbers through three operators that hand them on".format(count))
    table.figure("Weir", "%s ±%.0f%%" % (rate(median(rates["Weir"]), 1), 100 * spread(rates["Weir"])))
    for name in ("Flink", "Jet"):
        against(table, rates["Weir"], rates, name, 2.0)


def start(bench, classpath):
    times = {"Weir": [], "Flink": [], "Jet": []}
    for i in range(max(3, bench.runs)):
        bench.say("graph: from start to first record, run %d" % (i + 1))
        folder = bench.folder("graph")
        times["Weir"].append(first(bench, folder, weir_command("sums.yaml", count=1000, keys=100, output="-")))
        times["Flink"].append(first(bench, folder, peer_command(
            classpath, "FlinkGraph", "sums", 1000, bench.folder("peer"), 100, "turn", "hashmap")))
        times["Jet"].append(first(bench, folder, peer_command(classpath, "JetGraph", "sums", 1000, 100, "turn")))
    table = bench.table
    table.section("graph: from the command to the first record that has come out")
    table.figure("Weir", milliseconds(median(times["Weir"])))
    table.goal("Flink", milliseconds(median(times["Flink"])), "%.2fx" % ratio(times, "Flink"), "< 0.33x",
               ratio(times, "Flink") < 1 / 3)
    table.figure("Jet (Weir takes %.2fx of it)" % ratio(times, "Jet"), milliseconds(median(times["Jet"])))


def ratio(times, name):
    return median([a / b for a, b in zip(times["Weir"], times[name])])


def back(bench, classpath, keys):
    times = {"Weir": [], "Flink": []}
    for i in range(max(3, bench.runs)):
        bench.say("graph: from kill -9 to the next record, run %d" % (i + 1))
        folder = bench.folder("graph")
        command = weir_command("sums.yaml", "--epoch", "1s", count=FOREVER, keys=keys, output="-")
        killed(bench, folder, command, lambda: keys_of(folder) == keys)
        times["Weir"].append(first(bench, folder, command))
        checkpoints = bench.folder("peer")
        words = ("FlinkGraph", "sums", FOREVER, checkpoints, keys, "turn", "hashmap")
        # The third: the first may have been made before all keys were there.
        killed(bench, folder, peer_command(classpath, *words), lambda: len(list(checkpoints.glob("*/chk-*/_metadata"))) > 0
               and newest(checkpoints)[0] >= 3)
        times["Flink"].append(first(bench, folder, peer_command(classpath, *words, newest(checkpoints)[1])))
    table = bench.table
    table.section("graph: from the start after kill -9 to the next record, {:,} keys".format(keys))
    table.figure("Weir", milliseconds(median(times["Weir"])))
    table.goal("Flink, its heap", milliseconds(median(times["Flink"])), "%.2fx" % ratio(times, "Flink"), "< 1x",
               ratio(times, "Flink") < 1)


def keys_of(folder):
    store = folder / ".weir" / "state.db"
    if not store.exists():
        return 0
    try:
        with sqlite3.connect("file:%s?mode=ro" % store, uri=True) as connection:
            return connection.execute("select count(*) from sums").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def newest(checkpoints):
    found = [(int(path.parent.name[4:]), path.parent) for path in checkpoints.glob("*/chk-*/_metadata")]
    return max(found)


def epochs(bench, count, keys):
    """Forty numbers in a row for each key, so that of all changes a fortieth is one of a row."""
    often, once, changes = [], [], []
    used = min(keys, count // 40 + 1)
    for i in range(bench.runs):
        bench.say("graph: what epochs cost, run %d of %d" % (i + 1, bench.runs))
        once.append(weir_sums(bench, count, keys, "runs", used, "1h")[0])
        often.append(weir_sums(bench, count, keys, "runs", used)[0])
        changes.append(count / 40 / often[-1])
    ratios = [a / b for a, b in zip(once, often)]
    table = bench.table
    table.section("graph: what epochs cost, {:,} keys, {:,.0f} of them changed a second".format(keys, median(changes)))
    table.figure("one epoch", rate(count, median(once)))
    table.at_least("an epoch a second", rate(count, median(often)), median(ratios), 0.9, spread(ratios))


def graph(bench, folder, name, *options, **parameters):
    return bench.weir(folder, *weir_command(name, *options, **parameters)[1:])


def weir_command(name, *options, **parameters):
    words = [str(ROOT / "weir"), "run", str(GRAPHS / name), "--quiet", *options]
    for key, value in parameters.items():
        words += ["--set", "%s=%s" % (key, value)]
    return words


def peer_command(classpath, engine, *words):
    return ["java", "-XX:+UseParallelGC", "-cp", classpath, "peers." + engine, *map(str, words)]


def java(bench, classpath, engine, *words):
    """What an engine says, word by word."""
    folder = bench.folder("said")
    return timed(peer_command(classpath, engine, *words), folder).output.split()


def first(bench, folder, command):
    """The seconds from a command to the first byte that it prints; then it is killed."""
    began = time.perf_counter()
    process = spawn(bench, folder, command, subprocess.PIPE)
    try:
        check(process.stdout.read(1), "%s printed nothing", command)
        return time.perf_counter() - began
    finally:
        end(process)


def killed(bench, folder, command, ready):
    """Kills a command when it is ready for that."""
    process = spawn(bench, folder, command, subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while not ready():
            check(process.poll() is None and time.monotonic() < deadline, "%s did not get so far", command)
            time.sleep(0.05)
    finally:
        end(process)


def spawn(bench, folder, command, output):
    return subprocess.Popen(command, cwd=str(folder), env=bench.environment(), stdin=subprocess.DEVNULL, stdout=output,
                            stderr=subprocess.DEVNULL, start_new_session=True)


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process.stdout:
        process.stdout.close()
