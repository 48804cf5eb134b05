"""How much memory a long run takes beside a short one."""

import os
import subprocess
import time

from measures.common import MODELS, WEIR, Wrong, check, median

NOISE = 16e6  # bytes: what two runs of one size may differ by, with the code that the JVM compiles as it goes


def measure(bench):
    large, small = bench.size(10_000_000, 1_000_000), bench.size(100_000, 100_000)
    runs = bench.size(3, 1)
    peaks = {small: [], large: []}
    for i in range(runs):
        for count in peaks:
            bench.say("memory: run %d of %d, %d records" % (i + 1, runs, count))
            peaks[count].append(run(bench, count))
    (small_java, small_python), (large_java, large_python) = (
        tuple(median([peak[part] for peak in peaks[count]]) for part in (0, 1)) for count in (small, large))
    table = bench.table
    table.section("memory: the most that was resident")
    for part, a, b in (("JVM", small_java, large_java), ("runner", small_python, large_python)):
        table.figure("{}, {:,} records".format(part, small), "%.0f MB" % (a / 1e6))
        table.goal("{}, {:,} records".format(part, large), "%.0f MB" % (b / 1e6), "%.2fx" % (b / a),
                   "<= 1x, within %.0f MB" % (NOISE / 1e6), b <= a + NOISE)
    table.goal("JVM", "%.0f MB" % (large_java / 1e6), "", "< 512 MB", large_java < 512e6)


def run(bench, count):
    """The peaks of the JVM and of the runner, in bytes."""
    folder = bench.folder("memory")
    source = bench.numbers(count)
    weir = subprocess.Popen(
        [WEIR, "run", str(MODELS / "cell.py"), "--input", str(source), "--output", "out.jsonl", "--quiet"],
        cwd=str(folder), env=bench.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    java, python = 0, 0
    while weir.poll() is None:
        java = max(java, peak(weir.pid, "java"))
        for child in children(weir.pid):
            python = max(python, peak(child, "python"))
        time.sleep(0.02)
    trouble = weir.stderr.read().decode("utf-8", "replace")
    weir.stderr.close()
    if weir.returncode != 0:
        raise Wrong("weir run ended with status %d: %s" % (weir.returncode, trouble))
    check(java > 0 and python > 0, "the processes were not seen")
    with open(folder / "out.jsonl", "rb") as file:
        file.seek(-20, os.SEEK_END)
        last = int(file.read().split()[-1])
    check(last == count // 10 * 45, "the last result is %d, not %d", last, count // 10 * 45)
    return java, python


def peak(pid, name):
    """The peak of a process in bytes; 0 when it is gone or runs something else (as ./weir before it is Java)."""
    try:
        with open("/proc/%d/comm" % pid) as file:
            if not file.read().startswith(name):
                return 0
        with open("/proc/%d/status" % pid) as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def children(pid):
    found = []
    try:
        for thread in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, thread)) as file:
                found.extend(map(int, file.read().split()))
    except OSError:
        pass
    return found
