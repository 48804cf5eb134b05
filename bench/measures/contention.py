"""Runners that contend for one cell, against one runner, and against processes that share a counter in Redis."""

import os
import shutil
import sqlite3
import subprocess
import time

from measures.common import LOOPS, MODELS, check, free_port, median, rate, spread

RUNNERS = 4


def measure(bench):
    count = bench.size(2_000_000, 300_000)
    share = bench.size(100_000, 20_000)
    source, few, part = bench.numbers(count), bench.numbers(3), bench.numbers(share)
    clients = redis_python(bench)
    one, four, redis = [], [], []
    for i in range(bench.runs):
        bench.say("contention: run %d of %d" % (i + 1, bench.runs))
        one.append(run(bench, clients, source, 1, count) - run(bench, clients, few, 1, 3))
        four.append(run(bench, clients, source, RUNNERS, count) - run(bench, clients, few, RUNNERS, 3))
        if clients:
            redis.append(with_redis(bench, clients, part, share))
    table = bench.table
    table.section("contention: {} runners that update one cell for each of {:,} records".format(RUNNERS, count))
    table.figure("1 runner", rate(count, median(one)))
    ratios = [a / b for a, b in zip(one, four)]
    table.at_least("4 runners, against 1", rate(count, median(four)), median(ratios), 0.7, spread(ratios))
    if clients:
        table.figure("4 Python processes and Redis ({:,} records)".format(share), rate(share, median(redis)))
        ratios = [(count / b) / (share / r) for b, r in zip(four, redis)]
        table.at_least("4 runners, against Redis", rate(count, median(four)), median(ratios), 10, spread(ratios))
    else:
        table.figure("4 Python processes and Redis", "not here")


def run(bench, python, source, runners, count):
    folder = bench.folder("contention")
    how = bench.weir(folder, "run", MODELS / "cell.py", "--input", source, "--output", "out.jsonl",
                     "--runners", runners, "--epoch", "1s", "--quiet", python=python)
    with sqlite3.connect(str(folder / ".weir" / "state.db")) as store:
        (value,) = store.execute("select value from cell where job = 'cell' and name = 'counter'").fetchone()
    expected = sum_of(count)
    check(int(value) == expected, "%d runners: the cell is %s, not %d", runners, value, expected)
    with open(folder / "out.jsonl", "rb") as file:
        lines = sum(1 for _ in file)
    check(lines == count, "%d runners: %d outputs of %d records", runners, lines, count)
    return how.wall


def sum_of(count):
    return count // 10 * 45 + sum(range(count % 10))


def with_redis(bench, python, source, count):
    """Seconds from the first process's beginning to the last one's end."""
    folder = bench.folder("redis")
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
         "--dir", str(folder)], stdout=subprocess.DEVNULL)
    workers = []
    try:
        wait_for(bench, python, port)
        workers = [
            subprocess.Popen(
                [python, str(LOOPS / "shared.py"), str(port), str(source), str(i), str(RUNNERS), "out-%d.jsonl" % i],
                cwd=str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
            for i in range(RUNNERS)]
        for worker in workers:
            check(worker.stdout.readline() == "ready\n", "a process that uses Redis did not start")
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        times = [tuple(map(float, worker.stdout.readline().split())) for worker in workers]
        results = [line for i in range(RUNNERS) for line in open(folder / ("out-%d.jsonl" % i))]
        check(len(results) == count, "Redis: %d outputs of %d records", len(results), count)
        check(max(map(int, results)) == sum_of(count), "Redis: the counter is not %d", sum_of(count))
        return max(end for _, end in times) - min(began for began, _ in times)
    finally:
        for process in [*workers, server]:
            process.terminate()
        for process in [*workers, server]:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


def wait_for(bench, python, port):
    ping = "import redis; redis.Redis(host='127.0.0.1', port=%d).ping()" % port
    deadline = time.monotonic() + 20
    while subprocess.run([python, "-c", ping], stderr=subprocess.DEVNULL).returncode != 0:
        check(time.monotonic() < deadline, "redis-server does not answer")
        time.sleep(0.05)


def redis_python(bench):
    """A Python that has the client of Redis, with the server in place; None when there is none and none can be had."""
    python = client(bench)
    if not (python and shutil.which("redis-server")) and os.geteuid() == 0 and shutil.which("apt-get"):
        bench.say("contention: installing redis-server and python3-redis")
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server", "python3-redis"],
                       env=environment, stdout=subprocess.DEVNULL)
        python = client(bench)
    if not (python and shutil.which("redis-server")):
        bench.say("contention: no Redis here; apt-get install redis-server python3-redis, and run again")
        return None
    return python


def client(bench):
    for python in (bench.python, "/usr/bin/python3"):
        if shutil.which(python) and subprocess.run(
                [python, "-c", "import redis"], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None
