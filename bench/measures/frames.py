"""A model of data frames, 1,000 records each, against a bare loop that does the same with pandas. Both need pandas."""

import json
import subprocess

from measures.common import LOOPS, MODELS, check, median, rate, spread, timed

SET = 1000


def measure(bench):
    if subprocess.run([bench.python, "-c", "import pandas"], stderr=subprocess.DEVNULL).returncode:
        bench.say("frames: %s has no pandas; set WEIR_PYTHON to a Python that has it (on Debian: apt-get install "
                  "python3-pandas, and /usr/bin/python3), and run again" % bench.python)
        return
    count = bench.size(1_000_000, 300_000)
    source, few = trades(bench, count), trades(bench, 3)
    weir, plain = [], []
    for i in range(bench.runs):
        bench.say("frames: run %d of %d" % (i + 1, bench.runs))
        folder = bench.folder("frames")
        plain.append(loop(bench, folder, source).wall - loop(bench, folder, few, "few.jsonl").wall)
        weir.append(model(bench, folder, source).wall - model(bench, folder, few, "few.jsonl").wall)
        compare(folder / "plain.jsonl", folder / "weir.jsonl", count)
    ratios = [p / w for p, w in zip(plain, weir)]
    table = bench.table
    table.section("frames: a column is added to data frames of {:,}, {:,} records, file to file".format(SET, count))
    table.figure("a bare loop with pandas", rate(count, median(plain)))
    table.at_least("Weir, without start-up", rate(count, median(weir)), median(ratios), 0.8, spread(ratios))


def trades(bench, count):
    path = bench.scratch / ("trades-%d.jsonl" % count)
    if not path.exists():
        with open(path, "w") as file:
            for i in range(count):
                file.write('{"id": %d, "price": %d.25, "amount": %d, "who": "w%d"}\n' % (i, i % 997, i % 13, i % 101))
    return path


def loop(bench, folder, source, output="plain.jsonl"):
    return timed([bench.python, str(LOOPS / "frames.py"), str(source), output], folder)


def model(bench, folder, source, output="weir.jsonl"):
    stream = {"transport": {"type": "file", "path": str(source)}, "encoding": "json", "batching": {"watermark": SET}}
    return bench.weir(
        folder, "run", MODELS / "frame.py", "--input", json.dumps(stream), "--output", output, "--epoch", "1s", "--quiet")


def compare(plain, weir, count):
    """The records are the same; Weir says, besides, where each set ends."""
    records = sets = 0
    with open(plain) as one, open(weir) as other:
        for line in other:
            if line == '{"$fastscore":"set"}\n':
                sets += 1
            else:
                records += 1
                check(json.loads(line) == json.loads(next(one, "null")), "record %d is another", records)
    check(records == count, "%d records came, not %d", records, count)
    check(sets == -(-count // SET), "%d sets came", sets)
