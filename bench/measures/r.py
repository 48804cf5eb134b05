"""R models, file to file with a commit every second, against a bare R loop that calls the same action in memory."""

import os
import shutil

from measures.common import LOOPS, MODELS, check, median, rate, same_bytes, spread, timed


def measure(bench):
    if not shutil.which(os.environ.get("WEIR_R") or "R"):
        bench.say("r: no R here; apt-get install r-base-core, and run again")
        return
    count = bench.size(1_000_000, 100_000)
    bench.table.section("r: {:,} ints, file to file, a commit every second".format(count))
    for name, what in (("cell.R", "the cell model"), ("double.R", "a model without state")):
        compare(bench, count, name, what)


def compare(bench, count, name, what):
    source, three = bench.numbers(count), bench.numbers(3)
    weir, plain = [], []
    for i in range(bench.runs):
        bench.say("r: %s, run %d of %d" % (name, i + 1, bench.runs))
        folder = bench.folder("r")
        loop = timed(["Rscript", str(LOOPS / "plain.R"), str(MODELS / name), str(count), "plain.jsonl"], folder)
        plain.append(float(loop.output))
        weir.append(run(bench, folder, name, source).wall - run(bench, folder, name, three, "few.jsonl").wall)
        check(same_bytes(folder / "plain.jsonl", folder / "weir.jsonl"), "%s: the outputs differ", name)
    ratios = [p / w for p, w in zip(plain, weir)]
    bench.table.figure("a bare R loop, " + what, rate(count, median(plain)))
    bench.table.at_least("Weir, without start-up, " + what, rate(count, median(weir)), median(ratios), 0.4, spread(ratios))


def run(bench, folder, name, source, output="weir.jsonl"):
    return bench.weir(folder, "run", MODELS / name, "--input", source, "--output", output, "--epoch", "1s", "--quiet")
