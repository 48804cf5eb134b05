"""One of several processes that count in Redis: reads its share of the lines, adds each record to the counter.

Says "ready" and waits for a line on standard input, so that all begin at once; then says when it began and ended.
"""

import json
import sys
import time

import redis

port, path, index, processes, output = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
counter = redis.Redis(host="127.0.0.1", port=port)
counter.ping()


def action(x):
    yield counter.incrby("counter", x)


print("ready", flush=True)
sys.stdin.readline()
began = time.monotonic()
with open(path) as source, open(output, "w") as sink:
    for number, line in enumerate(source):
        if number % processes == index:
            for result in action(json.loads(line)):
                sink.write(json.dumps(result) + "\n")
print(began, time.monotonic(), flush=True)
