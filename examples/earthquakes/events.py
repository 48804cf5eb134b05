#!/usr/bin/env python3
"""Turns earthquakes into events of a log, in the order in which they became known.

A report arrives at its `updated` time and takes its place by its `time`, so that many come late. The Lamport time of an
event is the time of the earthquake; a network of seismometers writes several streams, in each of which time goes on.

    python3 events.py < earthquakes.jsonl | weir event import -
"""

import json
import sys
from datetime import datetime, timezone

heads = {}  # of each stream: its last offset and Lamport time


def stream_for(network, time):
    number = 1
    while True:
        stream = "%s-%d" % (network, number)
        offset, last = heads.get(stream, (-1, -1))
        if last < time:
            heads[stream] = (offset + 1, time)
            return stream, offset + 1
        number += 1


quakes = sorted(map(json.loads, sys.stdin), key=lambda quake: quake["updated"])
for quake in quakes:
    stream, offset = stream_for(quake["id"][:2], quake["time"])
    time = datetime.fromtimestamp(quake["time"] // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps({"stream": stream, "offset": offset, "lamport": quake["time"], "time": time,
                      "tags": ["earthquake"], "payload": quake}))
