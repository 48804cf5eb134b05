"""The cell model, file to file with a commit every second, against a bare Python loop that does the same without state."""

from measures.common import LOOPS, MODELS, check, median, rate, same_bytes, spread, timed


def measure(bench):
    count = bench.size(2_000_000, 300_000)
    source, three = bench.numbers(count), bench.numbers(3)
    weir, plain = [], []
    for i in range(bench.runs):
        bench.say("cell: run %d of %d" % (i + 1, bench.runs))
        folder = bench.folder("cell")
        plain.append((loop(bench, folder, source), loop(bench, folder, three, "few.jsonl")))
        weir.append((model(bench, folder, source), model(bench, folder, three, "few.jsonl")))
        check(same_bytes(folder / "plain.jsonl", folder / "weir.jsonl"), "the outputs differ")
    whole = [p[0].wall / w[0].wall for p, w in zip(plain, weir)]
    net = [(p[0].wall - p[1].wall) / (w[0].wall - w[1].wall) for p, w in zip(plain, weir)]
    table = bench.table
    table.section("cell: the cell model, {:,} ints, file to file, a commit every second".format(count))
    table.figure("a bare Python loop", rate(count, median([p[0].wall - p[1].wall for p in plain])))
    table.at_least("Weir, without start-up", rate(count, median([w[0].wall - w[1].wall for w in weir])), median(net), 2.5, spread(net))
    table.at_least("Weir, with start-up", rate(count, median([w[0].wall for w in weir])), median(whole), 2.0, spread(whole))
    table.figure("CPU time of Weir / of the loop", "%.2f s / %.2f s" % (
        median([w[0].cpu for w in weir]), median([p[0].cpu for p in plain])))


def loop(bench, folder, source, output="plain.jsonl"):
    return timed([bench.python, str(LOOPS / "plain.py"), str(source), output], folder)


def model(bench, folder, source, output="weir.jsonl"):
    return bench.weir(folder, "run", MODELS / "cell.py", "--input", source, "--output", output, "--epoch", "1s", "--quiet")
