"""What commits cost: the same run with a commit every second and with one at its end, when many rows change."""

import random
import sqlite3

from measures.common import MODELS, check, median, rate, spread


def measure(bench):
    count = bench.size(1_000_000, 200_000)
    keys = bench.size(100_000, 20_000)
    source = bench.scratch / "keys.jsonl"
    draw = random.Random(1)
    with open(source, "w") as file:
        file.writelines('"key-%d"\n' % draw.randrange(keys) for _ in range(count))
    often, once = [], []
    for i in range(bench.runs):
        bench.say("commit: run %d of %d" % (i + 1, bench.runs))
        once.append(run(bench, source, "1h", count))
        often.append(run(bench, source, "1s", count))
    ratios = [b / a for a, b in zip(often, once)]
    table = bench.table
    table.section("commit: {:,} updates of a pool of {:,} keys, with start-up (for information)".format(count, keys))
    table.figure("one commit at the end", rate(count, median(once)))
    table.figure("a commit every second", "%s  (%.2fx ±%.0f%%)" % (
        rate(count, median(often)), median(ratios), 100 * spread(ratios)))


def run(bench, source, epoch, count):
    folder = bench.folder("commit")
    how = bench.weir(folder, "run", MODELS / "count.py", "--input", source, "--output", "discard:",
                     "--epoch", epoch, "--quiet")
    with sqlite3.connect(str(folder / ".weir" / "state.db")) as store:
        (total,) = store.execute("select sum(cast(value as integer)) from pool where job = 'count'").fetchone()
    check(total == count, "the counts add up to %s, not %d", total, count)
    return how.wall
