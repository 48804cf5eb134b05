"""The cell model in Java, from generated numbers to nowhere, against Flink and Hazelcast Jet that keep the same sum.

All take a snapshot every second: Weir a commit in SQLite, Flink a checkpoint in files, Jet one in memory. All start a
Java of their own. The others tell the time from their first sum to their last; of Weir all counts, from its command to
its end. Each gets as many records as keep it busy for about the same time, so that warming up weighs alike.
"""

import json
import shutil
import subprocess

from measures.common import MODELS, ROOT, check, median, rate, spread, timed

PEERS = ROOT / "bench" / "peers"
GUESS = 4_000_000
FORMS = (
    ("Flink, keyed", "FlinkSum", "keyed"),
    ("Flink, within one task", "FlinkSum", "local"),
    ("Jet, keyed", "JetSum", "keyed"),
    ("Jet, within one processor", "JetSum", "local"),
)


def measure(bench):
    seconds = bench.size(10, 3)
    classpath = peers(bench)
    engines = {
        "Weir": lambda n: weir(bench, n, 1),
        "Weir, 4 runners": lambda n: weir(bench, n, 4),
    }
    for name, engine, form in FORMS:
        engines[name] = lambda n, engine=engine, form=form: peer(bench, classpath, engine, form, n)
    counts = {}
    for name, run in engines.items():
        bench.say("java: how many numbers keep %s busy for %d s" % (name, seconds))
        counts[name] = sized(run, seconds)
    rates = {name: [] for name in engines}
    for i in range(bench.runs):
        bench.say("java: run %d of %d" % (i + 1, bench.runs))
        for name, run in engines.items():
            rates[name].append(counts[name] / run(counts[name]))
    ours = rates["Weir"]
    table = bench.table
    table.section("java: the cell model in Java, about {:,} s of numbers for each, a snapshot every second".format(seconds))
    table.goal("Weir", rate(median(ours), 1), "±%.0f%%" % (100 * spread(ours)), ">= 3,000,000/s", median(ours) >= 3e6)
    table.figure("Weir, 4 runners that share the cell", rate(median(rates["Weir, 4 runners"]), 1))
    for name, _, form in FORMS:
        theirs = rates[name]
        ratios = [a / b for a, b in zip(ours, theirs)]
        if form == "keyed":
            table.at_least("Weir, against " + name, rate(median(theirs), 1), median(ratios), 2.0, spread(ratios))
        else:
            # A sum of one task's own is less than a cell: no one else can have a share in it.
            table.figure("%s (Weir is %.2fx)" % (name, median(ratios)), rate(median(theirs), 1))


def sized(run, seconds):
    """How many records keep an engine busy for about so many seconds."""
    count = GUESS
    while True:
        busy = run(count)
        if busy >= 2:
            return int(max(count, count * seconds / busy))
        count *= 4


def weir(bench, count, runners):
    folder = bench.folder("java")
    how = bench.weir(folder, "run", MODELS / "cell.java", "--input", "range:1..%d" % count, "--output", "discard:",
                     "--runners", runners, "--epoch", "1s", "--quiet")
    said = bench.weir(folder, "cell", "get", "cell", "counter").output
    check(said == "%d\n" % sum_of(count), "the cell is %s, not %d", said.strip(), sum_of(count))
    (job,) = json.loads("[%s]" % bench.weir(folder, "job", "inspect", "cell", "--json").output)
    written = job["positions"]["output"]["records"]
    check(written == count, "%d outputs of %d records", written, count)
    return how.wall


def peer(bench, classpath, engine, form, count):
    folder = bench.folder("peer")
    how = timed(["java", "-XX:+UseParallelGC", "-cp", classpath, "peers." + engine, str(count), form, str(folder)], folder)
    said = how.output.split()
    check(said[0] == str(sum_of(count)), "%s (%s) says %s, not %d", engine, form, how.output.strip(), sum_of(count))
    return float(said[1])


def sum_of(count):
    return count * (count + 1) // 2


def peers(bench):
    """The class path of the other engines, which Maven fetches."""
    check(shutil.which("mvn"), "java: Maven is needed to fetch Flink and Hazelcast (apt-get install maven)")
    bench.say("java: fetching and building what Weir is compared with")
    subprocess.run(["mvn", "-B", "-q", "-f", str(PEERS), "compile"], check=True, stdout=subprocess.DEVNULL)
    return "%s:%s" % (PEERS / "target" / "classes", (PEERS / "target" / "classpath").read_text().strip())
