"""The cell model in Java, from generated numbers to nowhere, against Flink and Hazelcast Jet that keep the same sum.

All take a snapshot every second: Weir a commit in SQLite, Flink a checkpoint in files, Jet one in memory. All start a
Java of their own; what a run of few records takes is taken off.
"""

import json
import shutil
import subprocess

from measures.common import MODELS, ROOT, check, median, rate, spread, timed

PEERS = ROOT / "bench" / "peers"
FEW = 3
FORMS = (
    ("Flink, keyed", "FlinkSum", "keyed", 0.25),
    ("Flink, within one task", "FlinkSum", "local", 0.5),
    ("Jet, keyed", "JetSum", "keyed", 0.25),
    ("Jet, within one processor", "JetSum", "local", 0.25),
)


def measure(bench):
    count = bench.size(40_000_000, 4_000_000)
    classpath = peers(bench)
    ours, four, theirs = [], [], {form[0]: [] for form in FORMS}
    for i in range(bench.runs):
        bench.say("java: run %d of %d" % (i + 1, bench.runs))
        ours.append(rate_of(lambda n: weir(bench, n, 1), count))
        four.append(rate_of(lambda n: weir(bench, n, 4), count))
        for name, engine, form, share in FORMS:
            theirs[name].append(rate_of(lambda n: peer(bench, classpath, engine, form, n), int(count * share)))
    table = bench.table
    table.section("java: the cell model in Java, {:,} numbers, a snapshot every second".format(count))
    table.goal("Weir", rate(median(ours), 1), "±%.0f%%" % (100 * spread(ours)), ">= 3,000,000/s", median(ours) >= 3e6)
    table.figure("Weir, 4 runners that share the cell", rate(median(four), 1))
    for name, _, form, _ in FORMS:
        ratios = [a / b for a, b in zip(ours, theirs[name])]
        if form == "keyed":
            table.at_least("Weir, against " + name, rate(median(theirs[name]), 1), median(ratios), 2.0, spread(ratios))
        else:
            # A sum of one task's own is less than a cell: no one else can have a share in it.
            table.figure("%s (Weir is %.2fx)" % (name, median(ratios)), rate(median(theirs[name]), 1))


def rate_of(run, count):
    return (count - FEW) / (run(count) - run(FEW))


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
    check(how.output.split()[0] == str(sum_of(count)), "%s (%s) says %s, not %d", engine, form, how.output.strip(), sum_of(count))
    return how.wall


def sum_of(count):
    return count * (count + 1) // 2


def peers(bench):
    """The class path of the other engines, which Maven fetches."""
    check(shutil.which("mvn"), "java: Maven is needed to fetch Flink and Hazelcast (apt-get install maven)")
    bench.say("java: fetching and building what Weir is compared with")
    subprocess.run(["mvn", "-B", "-q", "-f", str(PEERS), "compile"], check=True, stdout=subprocess.DEVNULL)
    return "%s:%s" % (PEERS / "target" / "classes", (PEERS / "target" / "classpath").read_text().strip())
