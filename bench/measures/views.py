"""The total of each basket, kept up to date: a view, maps written by hand, plain upserts of the same rows."""

import json
import subprocess

from measures.common import ROOT, check, median, spread


def measure(bench):
    count = bench.size(1_000_000, 100_000)
    classes = bench.folder("views")
    jars = str(ROOT / "target" / "dist" / "lib" / "*")
    subprocess.run(["javac", "-cp", jars, "-d", str(classes), str(ROOT / "bench" / "java" / "Receipts.java")], check=True)
    path = "%s:%s" % (classes, jars)
    table = bench.table
    table.section("views: {:,} line items of 1,000 products, the total of each basket".format(count))
    for batch in (1, 100, 1000):
        some = count if batch > 1 else count // 4
        compare(bench, path, "in memory, batch {:,}".format(batch), ("view", "-"), ("hand", "-"), some, batch, 0.3)
    for batch in (100, 1000):
        compare(bench, path, "SQLite, batch {:,}".format(batch), ("view", "sqlite"), ("upserts", "sqlite"),
                count // 2, batch,
                0.7 if batch == 1000 else None)
    change = median([run(bench, path, "price", "-", 10_000, 1)["median_us"] for _ in range(bench.runs)])
    table.goal("one price that 10,000 items join", "%.1f ms" % (change / 1000), "", "< 50 ms", change < 50_000)


def compare(bench, path, title, view, other, count, batch, goal):
    rates, ratios, steps = [], [], []
    for i in range(bench.runs):
        bench.say("views: %s, run %d of %d" % (title, i + 1, bench.runs))
        ours = run(bench, path, view[0], view[1], count, batch)
        theirs = run(bench, path, other[0], other[1], count, batch)
        check(ours["total"] == theirs["total"], "the totals are %s and %s", ours["total"], theirs["total"])
        rates.append(ours["rate"])
        ratios.append(ours["rate"] / theirs["rate"])
        steps.append(ours["median_us"])
    text = "{:,.0f} rows/s, a step {:,.1f} µs".format(median(rates), median(steps))
    if goal:
        bench.table.at_least(title + ", beside " + other[0], text, median(ratios), goal, spread(ratios))
    else:
        bench.table.figure(title, "%s, %.2fx %s" % (text, median(ratios), other[0]))


def run(bench, path, what, store, count, batch):
    url = "sqlite:%s" % (bench.folder("views-store") / "state.db") if store == "sqlite" else store
    out = subprocess.run(["java", "-Xmx3g", "-cp", path, "Receipts", what, url, str(count), str(batch)],
                         check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    return json.loads(out)
