"""Ponds: appending to an event log, folding it beside others, waking with a snapshot, late events, many fish over a log."""

import shutil
import sqlite3
import subprocess
import time

from measures import java
from measures.common import LOOPS, ROOT, Wrong, check, median, milliseconds, rate

ROOMS = 10_000
KINDS = ("counter", "last100", "chat")
POND = ROOT / "bench" / "peers" / "pond"


def measure(bench):
    count = bench.size(1_000_000, 50_000)
    folder = bench.folder("pond")
    first = folder / "first.db"
    table = bench.table
    table.section("pond: an event log of {:,} events in SQLite".format(count))
    appends(bench, folder, first, count)
    folds(bench, folder, first, count)
    wakes(bench, folder)
    late(bench, folder, first, count)
    many(bench, first, count)


def appends(bench, folder, first, count):
    table = bench.table
    bench.say("pond: appending")
    took, answer = loop("append", first, count)
    check(answer == count, "the log has %d events, not %d", answer, count)
    raw = raw_inserts(folder / "raw.db", count, 10_000)
    table.at_least("append, 10,000 events a commit; to plain inserts of the same rows",
                   rate(count, took), raw / took, 0.5)
    few = bench.size(2_000, 200)
    took, _ = loop("singly", folder / "singly.db", few)
    raw = raw_inserts(folder / "raw.db", few, 1)
    table.figure("append, one by one (%.2fx of plain inserts, a commit each)" % (raw / took), rate(few, took))


def folds(bench, folder, first, count):
    """Folds of the whole log, beside those of ponds and actors of others; they get the same events and fold alike."""
    table = bench.table
    others = Others(bench, folder, count)
    for kind in KINDS:
        wanted = 100 if kind == "last100" else count
        took = {"Weir": [], "Pond": [], "Pekko": []}
        for i in range(bench.runs):
            bench.say("pond: fold of %s, run %d of %d" % (kind, i + 1, bench.runs))
            copy = copied(first, folder)
            runs = {"Weir": lambda: loop("fold", copy, count, kind), "Pekko": lambda: others.pekko("fold", kind)}
            if kind != "chat":
                runs["Pond"] = lambda: others.pond(count, kind)
            for name, run in runs.items():
                seconds, answer = run()
                check(answer == wanted, "%s: %s is %d, not %d", name, kind, answer, wanted)
                took[name].append(seconds)
        ours = median(took["Weir"])
        if kind == "counter":
            table.goal("fold: counter", rate(count, ours), "", ">= 500,000/s", count / ours >= 500_000)
        else:
            table.figure("fold: " + kind, rate(count, ours))
        for name, title in (("Pond", "Actyx Pond, its events in memory"), ("Pekko", "Pekko, its events in LevelDB")):
            theirs = took[name]
            if theirs:
                ratio = median([b / a for a, b in zip(took["Weir"], theirs)])
                table.figure("  %s (Weir is %.1fx)" % (title, ratio), rate(count, median(theirs)))
    # Actyx Pond copies a growing state again and again: it gets few of its events.
    few = bench.size(50_000, 10_000)
    for part in (few // 5, few):
        seconds, answer = others.pond(part, "chat")
        check(answer == part, "Pond: chat is %d, not %d", answer, part)
        table.figure("  Actyx Pond, its events in memory: {:,} of them".format(part), rate(part, seconds))
    short, _ = loop("fold", small_log(folder, count // 10), count // 10, "chat")
    table.at_least("fold: chat, beside a tenth of the events", rate(count, ours), short * 10 / ours, 0.8)


def wakes(bench, folder):
    """In turn, so that what else the machine does meets all alike."""
    stores = {}
    for count in (1_000, bench.size(1_000_000, 20_000), bench.size(10_000_000, 50_000)):
        bench.say("pond: a log of {:,} events to wake over".format(count))
        # A few events behind the snapshot, as many each time.
        stores[count] = small_log(folder, count + 300)
        loop("fold", stores[count], count + 300, "counter")
    times = {count: [] for count in stores}
    for _ in range(max(3, bench.runs)):
        for count, store in stores.items():
            seconds, folded = loop("wake", store, count, "counter")
            check(folded <= 1_000, "waking folded %d events", folded)
            times[count].append(seconds)
    for count, took in times.items():
        bench.table.figure("wake with a snapshot, {:,} events".format(count), milliseconds(median(took)))
        remove(stores[count])
    shortest, longest = times[min(times)], times[max(times)]
    ratio = median([b / a for a, b in zip(shortest, longest)])
    bench.table.goal("wake with a snapshot: the longest log to the shortest", "", "%.2fx" % ratio, "<= 1.5x",
                     ratio <= 1.5)


def late(bench, folder, first, count):
    bench.say("pond: late events")
    for distance in (10, 1_000, 10_000):
        took, folded, _ = loop("late", copied(first, folder), count, "counter", distance)
        bench.table.goal("a late event at distance {:,}".format(distance), milliseconds(took),
                         "{:,} folds".format(folded), "<= {:,}".format(2 * distance + 64), folded <= 2 * distance + 64)
    took, folded, behind = loop("late", copied(first, folder), count, "counter", count // 2)
    bench.table.goal("a late event in the middle", milliseconds(took), "{:,} folds".format(folded),
                     "<= {:,}, since a snapshot".format(behind), folded <= behind)
    took, folded, rewinds = loop("burst", copied(first, folder), count, "counter", 100)
    bench.table.goal("100 late events all over the log, at once: {:,} folds".format(folded), milliseconds(took),
                     "%d rewind" % rewinds, "1", rewinds == 1)


def many(bench, first, count):
    bench.say("pond: many fish")
    memory = []
    for fish in (bench.size(ROOMS, 1_000) // 10, bench.size(ROOMS, 1_000)):
        took, answer, used = loop("many", first, count, fish)
        check(answer == count * fish // ROOMS, "the fish counted %d of %d events", answer, count)
        bench.table.figure("{:,} fish over the log, in one pass ({:.0f} MB in use)".format(fish, used / 1e6),
                           milliseconds(took))
        memory.append((fish, used))
    (few, less), (more, most) = memory
    bench.table.figure("memory of another fish", "%.0f bytes" % ((most - less) / (more - few)))


class Others:
    """Actyx Pond with its test store, and a persistent actor of Pekko with its journal."""

    def __init__(self, bench, folder, count):
        self.count = count
        self.journal = folder / "journal"
        self.classpath = java.peers(bench)
        check(shutil.which("npm"), "pond: npm is needed to fetch Actyx Pond (apt-get install npm)")
        bench.say("pond: fetching Actyx Pond")
        subprocess.run(["npm", "install", "--silent"], cwd=str(POND), check=True, stdout=subprocess.DEVNULL)
        _, answer = self.pekko("append")
        check(answer == count, "the journal of Pekko has %d events", answer)

    def pond(self, count, kind):
        return told(["node", "--max-old-space-size=8000", str(POND / "fold.js"), str(count), kind])

    def pekko(self, verb, *arguments):
        return told(["java", "-Xmx2g", "-XX:+UseSerialGC", "-cp", self.classpath, "peers.PekkoFold", verb,
                     str(self.journal), str(self.count), *arguments])


def loop(verb, store, *arguments):
    """Seconds within a process of its own, its answer, and what else it tells."""
    classpath = (ROOT / "target" / "dist" / "classpath").read_text().strip()
    return told(["java", "-Xmx2g", "-XX:+UseSerialGC", "-cp", classpath, str(LOOPS / "PondLoop.java"), verb,
                 "sqlite:%s" % store, *map(str, arguments)])


def told(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode != 0:
        raise Wrong("%s: %s" % (" ".join(command[-5:]), done.stderr[-2000:]))
    seconds, *answers = done.stdout.split()
    return (float(seconds), *map(int, answers))


def small_log(folder, count):
    store = folder / ("log%d.db" % count)
    remove(store)
    loop("append", store, count)
    return store


def copied(first, folder):
    copy = folder / "copy.db"
    remove(copy)
    shutil.copy(str(first), str(copy))
    return copy


def remove(store):
    for each in (store, store.with_name(store.name + "-wal"), store.with_name(store.name + "-shm")):
        if each.exists():
            each.unlink()
    shutil.rmtree(str(store) + "-chunks", ignore_errors=True)


def raw_inserts(file, count, page):
    """Seconds that SQLite takes for the same rows, as many a transaction."""
    remove(file)
    store = sqlite3.connect(str(file), isolation_level=None)
    store.execute("pragma journal_mode = wal")
    store.execute("pragma synchronous = full")
    store.execute("create table event (stream text, offset integer, lamport integer, time text, tags text, payload text,"
                  " primary key (stream, offset)) without rowid")
    store.execute("create table tag (tag text, stream text, offset integer, primary key (tag, stream, offset))"
                  " without rowid")
    began = time.perf_counter()
    for start in range(0, count, page):
        numbers = range(start, min(count, start + page))
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
