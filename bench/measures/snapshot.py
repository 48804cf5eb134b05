"""Snapshots of a large pool: how long they hold up the stream, what they write, and how long restoring takes.

A feeder sends records at a steady pace over standard input and keeps when it sent each; their answers on standard output
are timed as they come. Held up is a record by as much as its answer takes longer than the median of a quiet stretch
just before. Counted are the records that were sent while the snapshot was being taken: from the moment the command
`weir snapshot take` is started until it has returned.
"""

import json
import os
import random
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

from measures.common import MODELS, WEIR, check, median, megabytes, milliseconds, percentile

PACE = 2000  # records a second
TICK = 0.001
FILL = 20_000  # keys made by one record


def measure(bench):
    keys = bench.size(1_000_000, 100_000)
    changes = bench.size(1000, 100)
    folder = bench.folder("snapshot")
    with Feed(bench, folder) as feed:
        bench.say("snapshot: filling a pool of %d keys" % keys)
        for first in range(0, keys, FILL):
            feed.ask({"fill": min(FILL, keys - first), "from": first}, "filled")
        committed(folder, keys)
        feed.pace()
        time.sleep(5)  # what is to be compiled is compiled
        quiet = feed.during(lambda: time.sleep(bench.size(15, 5)))
        bench.say("snapshot: taking the first")
        before = written(folder)
        first = feed.during(lambda: bench.weir(folder, "snapshot", "take", "keeper"))
        first_bytes = written(folder) - before
        feed.rest()
        chosen = random.Random(1).sample(range(100, keys), changes)
        feed.ask({"set": ["key-%07d" % key for key in chosen], "to": 7}, "set")
        feed.pace()
        time.sleep(2)
        bench.say("snapshot: taking the second")
        before = written(folder)
        second = feed.during(lambda: bench.weir(folder, "snapshot", "take", "keeper"))
        second_bytes = written(folder) - before
        feed.rest()
        total = feed.ask({"sum": True}, None)
        check(total["keys"] == keys, "%d keys instead of %d", total["keys"], keys)
        hits = feed.sent
        changed = set(chosen)
        expected = hits + 7 * changes + sum(i * 2654435761 % 4294967296 for i in range(keys) if i not in changed)
        check(total["sum"] == expected, "the values add up to %d, not %d", total["sum"], expected)
    listed = json.loads(bench.weir(folder, "snapshot", "list", "keeper", "--json").output)
    check(len(listed) >= 2, "%d snapshots are listed", len(listed))
    bench.weir(folder, "snapshot", "verify", "keeper")
    restoring, restored = restore(bench, folder, expected)

    table = bench.table
    table.section("snapshot: a pool of {:,} keys, {:,} records a second meanwhile".format(keys, PACE))
    usual = median(quiet.latencies)
    table.figure("answers in a quiet stretch, p50 p99 max", shown(quiet.latencies))
    table.figure("answers during the first snapshot", shown(first.latencies))
    table.figure("answers during the second", shown(second.latencies))
    held = percentile(first.latencies, 0.99) - usual
    table.goal("held up by the first, p99", milliseconds(max(0, held)), "", "<= 50 ms", held <= 0.050)
    held = percentile(second.latencies, 0.99) - usual
    table.goal("held up by the second, p99", milliseconds(max(0, held)), "", "<= 50 ms", held <= 0.050)
    table.figure("the first writes", megabytes(first_bytes))
    table.goal("the second, after {:,} changed keys".format(changes), megabytes(second_bytes),
               "%.2f%%" % (100 * second_bytes / first_bytes), "< 1%", second_bytes < 0.01 * first_bytes)
    table.figure("taking the first (the whole command)", "%.2f s" % first.seconds)
    table.goal("restoring it (the whole command)", "%.2f s" % restoring, "%.2fx" % (restoring / first.seconds),
               "< 1x", restoring < first.seconds)
    table.figure("a run with what was restored, which looks at every key", "%.2f s" % restored)


def committed(folder, keys):
    """Waits until all keys are in the store, so that what is measured is not the filling."""
    deadline = time.monotonic() + 300
    while True:
        with closing(sqlite3.connect("file:%s?mode=ro" % (folder / ".weir" / "state.db"), uri=True)) as store:
            (count,) = store.execute("select count(*) from pool").fetchone()
        if count == keys:
            return
        check(time.monotonic() < deadline, "%d of %d keys are committed after 5 minutes", count, keys)
        time.sleep(0.5)


def restore(bench, folder, expected):
    """Seconds that restoring the newest takes, and then a run that looks at every key."""
    # The second snapshot was taken while records still came; one taken now holds what was checked.
    bench.weir(folder, "snapshot", "take", "keeper")
    how = bench.weir(folder, "snapshot", "restore", "keeper")
    run = bench.weir(folder, "run", MODELS / "keeper.py", "--input", 'inline:{"sum":true}', "--quiet")
    total = json.loads(run.output)
    check(total["sum"] == expected, "what is restored adds up to %d, not %d", total["sum"], expected)
    return how.wall, run.wall


def shown(latencies):
    return "  ".join(milliseconds(v) for v in (median(latencies), percentile(latencies, 0.99), max(latencies)))


def written(folder):
    """Bytes in the chunks of snapshots."""
    return sum(path.stat().st_size for path in Path(folder, ".weir").rglob("*")
               if path.is_file() and "-chunks" in str(path))


class Stretch:
    def __init__(self, seconds, latencies):
        self.seconds = seconds
        self.latencies = latencies


class Feed:
    """A job that is fed over its standard input, by a thread that keeps the pace; another one times the answers."""

    def __init__(self, bench, folder):
        self.job = subprocess.Popen(
            [WEIR, "run", str(MODELS / "keeper.py"), "--snapshots", "none", "--quiet"], cwd=str(folder),
            env=bench.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.sent = 0
        self.sent_at = []
        self.answered_at = []
        self.said = []
        self.come = threading.Condition()
        self.pacing = None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.pacing:
            self.rest()
        self.job.stdin.close()
        if kind:
            self.job.terminate()
        status = self.job.wait()
        self.reader.join()
        self.job.stdout.close()
        check(kind or status == 0, "weir run ended with status %d", status)

    def read(self):
        rest = b""
        while True:
            piece = os.read(self.job.stdout.fileno(), 1 << 16)
            now = time.perf_counter()
            if not piece:
                with self.come:
                    self.come.notify_all()
                return
            *lines, rest = (rest + piece).split(b"\n")
            with self.come:
                for line in lines:
                    value = json.loads(line)
                    if type(value) is int:
                        self.said_in_turn(value)
                        self.answered_at.append(now)
                    else:
                        self.said.append(value)
                self.come.notify_all()

    def said_in_turn(self, value):
        if value != len(self.answered_at):
            self.said.append("record %d was answered in the place of %d" % (value, len(self.answered_at)))

    def ask(self, record, answer):
        """Sends one record and waits for what is said to it."""
        before = len(self.said)
        self.send(json.dumps(record).encode() + b"\n")
        with self.come:
            self.come.wait_for(lambda: len(self.said) > before or self.job.poll() is not None)
        check(len(self.said) > before, "weir run has ended")
        said = self.said[before]
        check(answer is None or said == answer, "it said %r", said)
        return said

    def send(self, data):
        while data:
            data = data[os.write(self.job.stdin.fileno(), data):]

    def pace(self):
        """Begins to send at the pace, until `rest`."""
        self.stop = threading.Event()
        self.pacing = threading.Thread(target=self.feed, daemon=True)
        self.pacing.start()

    def feed(self):
        began, already = time.perf_counter(), self.sent
        while not self.stop.is_set():
            due = already + int((time.perf_counter() - began) * PACE)
            if due > self.sent:
                data = b"".join(b'{"seq":%d}\n' % i for i in range(self.sent, due))
                self.sent_at.extend([time.perf_counter()] * (due - self.sent))
                self.sent = due
                self.send(data)
            time.sleep(TICK)

    def rest(self):
        """Stops the pace, and waits until all is answered."""
        self.stop.set()
        self.pacing.join()
        self.pacing = None
        with self.come:
            check(self.come.wait_for(lambda: len(self.answered_at) >= self.sent, 60),
                  "%d answers to %d records", len(self.answered_at), self.sent)

    def during(self, action):
        """The latencies of what was sent while the action ran."""
        first, began = len(self.sent_at), time.perf_counter()
        action()
        seconds, last = time.perf_counter() - began, len(self.sent_at)
        with self.come:
            check(self.come.wait_for(lambda: len(self.answered_at) >= last, 60),
                  "%d answers to %d records", len(self.answered_at), last)
        return Stretch(seconds, [self.answered_at[i] - self.sent_at[i] for i in range(first, last)])
