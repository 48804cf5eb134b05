"""The total of each basket, kept up to date: a view, maps written by hand, plain writes of the same rows, other engines.

What runs in Java has its memory from the start, so that handing out pages is not what is measured.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from measures import java
from measures.common import ROOT, check, free_port, median, milliseconds, rate, spread, timed

SCRIPTS = ROOT / "bench" / "views"
FEW = 1000


PARTS = ["memory", "sqlite", "postgres", "price", "large", "closure", "peers"]


def measure(bench, parts):
    path = classes(bench)
    count = bench.size(1_000_000, 100_000)
    bench.table.section("views: {:,} line items of 1,000 products, the total of each basket".format(count))
    if "memory" in parts or "peers" in parts:
        ours = memory(bench, path, count)
    if "sqlite" in parts:
        sqlite(bench, path, count)
    if "postgres" in parts:
        compare(bench, path, "Postgres, batch 1,000", ("view", "postgres"), ("merge", "postgres"), count // 5, 1000, 0.7)
    if "price" in parts:
        change = median([run(bench, path, "price", "-", 10_000, 1)["median_us"] for _ in range(bench.runs)])
        bench.table.goal("one price that 10,000 items join", milliseconds(change / 1e6), "", "< 50 ms", change < 50_000)
    if "large" in parts:
        large(bench, path)
    if "closure" in parts:
        closure(bench, path, "one graph of six layers", "layers")
        closure(bench, path, "parts of 5 to 40 nodes with circles", "parts")
    if "peers" in parts:
        peers(bench, path, count, ours)


def memory(bench, path, count):
    """Gives the rate of large batches."""
    for batch in (1, 100, 1000):
        some = count if batch > 1 else count // 4
        ours = compare(bench, path, "in memory, batch {:,}".format(batch), ("view", "-"), ("hand", "-"), some, batch, 0.3)
        if batch == 1:
            step = ours["median_us"]
    bench.table.goal("in memory, one row", "%.1f µs" % step, "", "< 20 µs", step < 20)
    return ours["rate"]


def sqlite(bench, path, count):
    for batch in (100, 1000):
        compare(bench, path, "SQLite, batch {:,}".format(batch), ("view", "sqlite"), ("upserts", "sqlite"),
                count // 2, batch, 0.7 if batch == 1000 else None, enough=150_000)
    bounded = [run(bench, path, "view", "sqlite", count // 10, 1000, count // 100) for _ in range(bench.runs)]
    bench.table.figure("SQLite, batch 1,000, a hundredth of the rows in memory",
                       rate(median([b["rate"] for b in bounded]), 1))


def large(bench, path):
    rows = bench.size(10_000_000, 1_000_000)
    grown = [run(bench, path, "large", "-", rows, 1000) for _ in range(1 if bench.quick else min(3, bench.runs))]
    bench.table.at_least("in memory at {:,} rows, beside 100,000".format(rows), rate(median([g["rate"] for g in grown]), 1),
                         median([g["rate"] / g["first"] for g in grown]), 0.6)


def closure(bench, path, title, shape):
    """All paths while single edges come and go: what a step costs, by the number of rows that it changes."""
    runs = []
    for _ in range(min(3, bench.runs)):
        bench.say("views: closure of " + title)
        runs.append(run(bench, path, "closure", shape, 10_000, 1))
    bench.table.figure("one edge of 20,000, {}: {:,} paths".format(title, runs[0]["rows"]),
                       "a step {:,.0f} µs".format(median([r["median_us"] for r in runs])))
    costs = []
    for size, kind in enumerate(runs[0]["sizes"]):
        cost = median([r["sizes"][size]["us"] for r in runs])
        costs.append(cost / max(1, kind["changed"]))
        bench.table.figure("  steps that change {:,.1f} paths".format(kind["changed"]), "{:,.0f} µs".format(cost))
    bench.table.at_least("  for each path, where most change beside where fewer do",
                         "{:,.1f} µs".format(costs[-1]), costs[-2] / costs[-1], 0.67)
    # A cost in proportion to the graph would give 0.1; what is not in the caches costs more.
    bench.table.at_least("  for each path, beside a graph of a tenth", "{:,.1f} µs".format(
        median([r["us_per_row"] for r in runs])), median([r["of_tenth"] / r["us_per_row"] for r in runs]), 0.3)


def classes(bench):
    folder = bench.folder("views")
    jars = str(ROOT / "target" / "dist" / "lib" / "*")
    subprocess.run(["javac", "-cp", jars, "-d", str(folder), str(ROOT / "bench" / "java" / "Receipts.java")], check=True)
    return "%s:%s" % (folder, jars)


def compare(bench, path, title, view, other, count, batch, goal, enough=None):
    rates, ratios, steps, bytes_ = [], [], [], []
    for i in range(bench.runs):
        bench.say("views: %s, run %d of %d" % (title, i + 1, bench.runs))
        ours = run(bench, path, view[0], view[1], count, batch)
        theirs = run(bench, path, other[0], other[1], count, batch)
        check(ours["total"] == theirs["total"], "the totals are %s and %s", ours["total"], theirs["total"])
        rates.append(ours["rate"])
        ratios.append(ours["rate"] / theirs["rate"])
        steps.append(ours["median_us"])
        bytes_.append(ours["bytes"])
    text = "{:,.0f} rows/s, a step {:,.1f} µs".format(median(rates), median(steps))
    if bytes_[0]:
        text += ", {:,.0f} bytes a row".format(median(bytes_) / count)
    if goal:
        wanted = ">= %sx" % goal + (" or {:,}/s".format(enough) if enough else "")
        met = median(ratios) >= goal or (enough is not None and median(rates) >= enough)
        bench.table.goal(title + ", beside " + other[0], text,
                         "%.2fx ±%.0f%%" % (median(ratios), 100 * spread(ratios)), wanted, met)
    else:
        bench.table.figure(title, "%s, %.2fx %s" % (text, median(ratios), other[0]))
    return {"rate": median(rates), "median_us": median(steps)}


def peers(bench, path, count, ours):
    """Others that keep such a result, as they come; the slow ones with fewer rows, which is in their favour."""
    small = count // 20
    wanted = run(bench, path, "hand", "-", small, 1000)["total"]
    figures = [("recomputed by SQLite after each tenth of {:,} rows".format(small),
                lambda: run(bench, path, "recompute", "sqlite", small, small // 10)),
               ("recomputed by Postgres after each tenth of {:,} rows".format(small),
                lambda: run(bench, path, "recompute", "postgres", small, small // 10))]
    if shutil.which("npm"):
        scripts = bench.folder("views-scripts")
        for script in SCRIPTS.iterdir():
            shutil.copy(str(script), str(scripts))
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=str(scripts), check=True,
                       stdout=subprocess.DEVNULL)
        for name in ("d2ts", "turso"):
            figures.append(("%s, batch 1,000, %s rows" % (name, "{:,}".format(small)),
                            lambda name=name: node(scripts, name, small)))
    else:
        bench.say("views: d2ts and Turso are left out, since there is no npm")
    for title, measured in figures:
        bench.say("views: " + title)
        theirs = measured()
        if theirs is None:
            bench.table.figure(title, "ends with a failure of its own")
            continue
        if theirs["total"] != wanted:
            bench.table.figure(title, "%s, wrong: %s instead of %s" % (
                rate(theirs["rate"], 1), theirs["total"], wanted))
            continue
        bench.table.at_least("in memory, beside " + title, rate(theirs["rate"], 1), ours / theirs["rate"], 1)
    flink = java.peers(bench)
    wanted = {n: run(bench, path, "hand", "-", n, 1000)["total"] for n in (FEW, count // 2)}
    rates = []
    for _ in range(bench.runs):
        bench.say("views: Flink SQL")
        walls = []
        for some in (FEW, count // 2):
            how = timed(["java", "-XX:+UseParallelGC", "-cp", flink, "peers.FlinkReceipts", str(some),
                         str(bench.folder("peer"))], bench.folder("peer-home"))
            said = float(how.output.split()[0])
            check(said == wanted[some], "Flink SQL says %s, not %s", said, wanted[some])
            walls.append(how.wall)
        rates.append((count // 2 - FEW) / (walls[1] - walls[0]))
    bench.table.at_least("in memory, beside Flink SQL, a checkpoint every second", rate(median(rates), 1),
                         ours / median(rates), 1)


def node(folder, name, count):
    """What a script measured; None where the peer itself fails."""
    done = subprocess.run(["node", name + ".mjs", str(count), "1000"], cwd=str(folder), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, universal_newlines=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def run(bench, path, what, store, count, batch, memory=0):
    if store == "postgres":
        with Postgres() as server:
            return java_run(path, what, server.url(what), count, batch, memory)
    if store != "sqlite":
        return java_run(path, what, store, count, batch, memory)
    file = bench.folder("views-store") / "state.db"
    said = java_run(path, what, "sqlite:%s" % file, count, batch, memory)
    said["bytes"] = file.stat().st_size
    return said


def java_run(path, what, address, count, batch, memory):
    out = subprocess.run(["java", "-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch", "-XX:+UseParallelGC", "-cp", path, "Receipts", what, address, str(count),
                          str(batch), str(memory)], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    return dict(json.loads(out.splitlines()[-1]), bytes=0)


class Postgres:
    """A server of its own, new and empty; a user of its own if this one is root, whom Postgres refuses."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="weir-postgres-"))
        self.port = free_port()
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(str(self.folder), "postgres")
        self.control("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.control("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o",
                     "-p %d -c listen_addresses=127.0.0.1 -k %s" % (self.port, self.folder), "start")
        return self

    def __exit__(self, *_):
        self.control("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(str(self.folder), ignore_errors=True)

    def control(self, command, *arguments):
        subprocess.run(self.user + [self.binary(command), "-D", str(self.folder / "data"), *arguments], check=True,
                       stdout=subprocess.DEVNULL, cwd=str(self.folder))

    @staticmethod
    def binary(command):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/" + command), reverse=True)
        path = str(found[0]) if found else shutil.which(command)
        check(path, "views: Postgres is needed (%s is not found)", command)
        return path

    def url(self, what):
        if what == "view":
            return "postgres://postgres@127.0.0.1:%d/postgres?schema=bench" % self.port
        return "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres" % self.port
