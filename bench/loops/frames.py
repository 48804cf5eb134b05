"""The frame model's action in a bare loop over a file, 1,000 records at a time."""

import itertools
import json
import sys

import pandas


def action(trades):
    trades["total"] = trades["price"] * trades["amount"]
    yield trades


with open(sys.argv[1]) as source, open(sys.argv[2], "w") as sink:
    while True:
        records = [json.loads(line) for line in itertools.islice(source, 1000)]
        if not records:
            break
        for frame in action(pandas.DataFrame(records)):
            for record in frame.to_dict("records"):
                sink.write(json.dumps(record) + "\n")
