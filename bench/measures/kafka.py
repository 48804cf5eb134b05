"""The cell model from topic to topic, exactly once, against the same from file to file. The broker shares the machine.

How near to the files a topic can come here is told by a bare consumer and producer, in the same run: no model, no store,
a transaction each second.
"""

import os
import shutil
import subprocess

from measures.common import MODELS, ROOT, Wrong, check, free_port, median, rate, same_bytes, spread, timed

BROKER = ROOT / "bench" / "broker"


def measure(bench):
    count = bench.size(10_000_000, 300_000)
    source, three = bench.numbers(count), bench.numbers(3)
    files, topics, copies, shares = [], [], [], []
    with Broker(bench) as broker:
        broker.ask("make", "many")
        broker.ask("fill", "many", source)
        broker.ask("make", "few")
        broker.ask("fill", "few", three)
        for i in range(bench.runs):
            bench.say("kafka: run %d of %d" % (i + 1, bench.runs))
            folder = bench.folder("kafka")
            files.append(run(bench, folder, source, folder / "file.jsonl").wall - run(bench, folder, three, "few.jsonl").wall)
            before = broker.cpu()
            many, few = broker.run("many", i), broker.run("few", i)
            topics.append(many.wall - few.wall)
            spent = broker.cpu() - before
            shares.append(spent / (spent + many.cpu + few.cpu))
            broker.ask("read", "many-%d" % i, folder / "topic.jsonl")
            check(same_bytes(folder / "file.jsonl", folder / "topic.jsonl"), "the outputs differ")
            copies.append(broker.copy("many", i).wall - broker.copy("few", i).wall)
            broker.ask("read", "many-copy-%d" % i, folder / "copy.jsonl")
            check(same_bytes(source, folder / "copy.jsonl"), "the copy differs")
    ratios = [a / b for a, b in zip(files, topics)]
    bare = [a / b for a, b in zip(copies, topics)]
    table = bench.table
    table.section("kafka: the cell model, {:,} ints, a commit every second, one broker on the same machine".format(count))
    table.figure("file to file", rate(count, median(files)))
    table.figure("a bare consumer and producer (Weir is %.2fx)" % median(bare), rate(count, median(copies)))
    table.at_least("topic to topic", rate(count, median(topics)), median(ratios), 0.7, spread(ratios))
    table.figure("of all CPU in that, the broker's", "%.0f %%" % (100 * median(shares)))


def run(bench, folder, source, output):
    return bench.weir(folder, "run", MODELS / "cell.py", "--input", source, "--output", output, "--fresh",
                      "--epoch", "1s", "--quiet")


class Broker:
    """A Kafka of one broker in a process of its own, which also fills and reads topics."""

    def __init__(self, bench):
        self.bench = bench

    def __enter__(self):
        check(shutil.which("mvn"), "Maven is needed to fetch Kafka (apt-get install maven)")
        self.bench.say("kafka: fetching and starting a broker")
        subprocess.run(["mvn", "-B", "-q", "-f", str(BROKER), "compile"], check=True, stdout=subprocess.DEVNULL)
        self.classpath = "%s:%s" % (BROKER / "target" / "classes", (BROKER / "target" / "classpath").read_text().strip())
        self.port = free_port()
        self.process = subprocess.Popen(
            ["java", "-Xmx1g", "-cp", self.classpath, "broker.Broker", str(self.bench.folder("broker")), str(self.port),
             str(free_port())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
        self.expect("ready")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        self.expect("done")

    def expect(self, word):
        if self.process.stdout.readline().strip() != word:
            raise Wrong("the broker has ended")

    def run(self, topic, i):
        output = "%s-%d" % (topic, i)
        self.ask("make", output)
        address = "kafka://127.0.0.1:%d/" % self.port
        return run(self.bench, self.bench.folder("topics"), address + topic + "?from=earliest", address + output)

    def copy(self, topic, i):
        """Copies a topic with the clients alone."""
        output = "%s-copy-%d" % (topic, i)
        self.ask("make", output)
        return timed(["java", "-XX:+UseParallelGC", "-cp", self.classpath, "broker.Copy", "127.0.0.1:%d" % self.port,
                      topic, output], self.bench.folder("copy"))

    def cpu(self):
        """The seconds of CPU that the broker has taken; 0 where that is not known."""
        try:
            with open("/proc/%d/stat" % self.process.pid) as file:
                words = file.read().rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
