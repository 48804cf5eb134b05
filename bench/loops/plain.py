"""The cell model's action with a plain variable, in a bare loop: what a person would write without Weir."""

import json
import sys

counter = 0


def action(x):
    global counter
    counter += x
    yield counter


with open(sys.argv[1]) as source, open(sys.argv[2], "w") as sink:
    for line in source:
        for output in action(json.loads(line)):
            sink.write(json.dumps(output) + "\n")
