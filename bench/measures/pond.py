"""Ponds: appending to an event log, folding it, waking with a snapshot, late events, and many fish over one log."""

import shutil
import sqlite3
import subprocess
import time

from measures.common import LOOPS, ROOT, Wrong, check, median, milliseconds, rate

ROOMS = 10_000


def measure(bench):
    count = bench.size(1_000_000, 50_000)
    folder = bench.folder("pond")
    first = folder / "first.db"
    table = bench.table
    table.section("pond: an event log of {:,} events in SQLite".format(count))

    took, answer = loop(bench, "append", first, count)
    check(answer == count, "the log has %d events, not %d", answer, count)
    raw = raw_inserts(folder / "raw.db", count)
    table.at_least("append, 10,000 events a commit; to plain inserts of the same rows",
                   rate(count, took), raw / took, 0.5)

    for kind, wanted in (("counter", count), ("last100", 100), ("chat", count)):
        folds, wakes = [], []
        for _ in range(bench.runs):
            copy = folder / "copy.db"
            remove(copy)
            shutil.copy(str(first), str(copy))
            cold, answer = loop(bench, "fold", copy, count, kind)
            check(answer == wanted, "%s is %d, not %d", kind, answer, wanted)
            warm, answer = loop(bench, "fold", copy, count, kind)
            check(answer == wanted, "%s is %d after waking, not %d", kind, answer, wanted)
            folds.append(cold)
            wakes.append(warm)
        table.goal("fold: " + kind, rate(count, median(folds)), "", ">= 500,000/s",
                   count / median(folds) >= 500_000)
        table.figure("wake with a snapshot: " + kind, milliseconds(median(wakes)))

    for distance in (10, 1_000, 10_000):
        copy = folder / "late.db"
        remove(copy)
        shutil.copy(str(first), str(copy))
        took, folded = loop(bench, "late", copy, count, "counter", distance)
        check(folded <= 2 * distance + 65, "a late event at distance %d cost %d folds", distance, folded)
        table.figure("a late event at distance {:,}: {:,} folds".format(distance, folded), milliseconds(took))

    fish = bench.size(ROOMS, 1_000)
    took, answer = loop(bench, "many", first, count, fish)
    check(answer == count * fish // ROOMS, "the fish counted %d of %d events", answer, count)
    table.figure("{:,} fish over the log".format(fish), milliseconds(took))


def loop(bench, verb, store, *arguments):
    """Seconds within a process of its own, and its answer."""
    classpath = (ROOT / "target" / "dist" / "classpath").read_text().strip()
    command = ["java", "-Xmx2g", "-XX:+UseSerialGC", "-cp", classpath, str(LOOPS / "PondLoop.java"), verb,
               "sqlite:%s" % store, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode != 0:
        raise Wrong("%s: %s" % (verb, done.stderr[-2000:]))
    seconds, answer = done.stdout.split()
    return float(seconds), int(answer)


def remove(store):
    for each in (store, store.with_name(store.name + "-wal"), store.with_name(store.name + "-shm")):
        if each.exists():
            each.unlink()
    shutil.rmtree(str(store) + "-chunks", ignore_errors=True)


def raw_inserts(file, count):
    """Seconds that SQLite takes for the same rows, as many a transaction."""
    store = sqlite3.connect(str(file), isolation_level=None)
    store.execute("pragma journal_mode = wal")
    store.execute("pragma synchronous = full")
    store.execute("create table event (stream text, offset integer, lamport integer, time text, tags text, payload text,"
                  " primary key (stream, offset)) without rowid")
    store.execute("create table tag (tag text, stream text, offset integer, primary key (tag, stream, offset))"
                  " without rowid")
    began = time.perf_counter()
    for start in range(0, count, 10_000):
        numbers = range(start, min(count, start + 10_000))
        store.execute("begin immediate")
        store.executemany("insert into event values ('me', ?, ?, '2026-01-01T00:00:00.000000Z', ?, ?)",
                          [(i, i + 1, '["room:%d"]' % (i % ROOMS), '{"message":"message number %d"}' % i)
                           for i in numbers])
        store.executemany("insert into tag values (?, 'me', ?)",
                          sorted(("room:%d" % (i % ROOMS), i) for i in numbers))
        store.execute("commit")
    took = time.perf_counter() - began
    store.close()
    return took
