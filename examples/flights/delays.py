# weir.schema.0: flight
# weir.schema.1: alert
# weir.snapshots: eof
"""Flights that are unusually late for the airport they leave from.

Keeps the running mean and variance of each airport's delays in a pool (Welford's method) and emits an
alert for a flight that is three standard deviations late, once the airport has seen 10 flights.
"""

import math

import weir


def add(stats, delay):
    n = stats["n"] + 1
    change = delay - stats["mean"]
    mean = stats["mean"] + change / n
    return {"n": n, "mean": mean, "m2": stats["m2"] + change * (delay - mean)}


def action(flight):
    airports = weir.pools("airports")
    airport, delay = flight["origin"], flight["delay"]
    stats = airports.get(airport) or {"n": 0, "mean": 0.0, "m2": 0.0}
    if stats["n"] >= 10:
        deviation = math.sqrt(stats["m2"] / (stats["n"] - 1))
        if delay > stats["mean"] + 3 * deviation:
            yield {
                "date": flight["date"],
                "from": airport,
                "to": flight["destination"],
                "delay": delay,
                "usual": round(stats["mean"], 1),
            }
    airports.update(airport, lambda known: add(known or {"n": 0, "mean": 0.0, "m2": 0.0}, delay))
