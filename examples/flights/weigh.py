# weir.schema.0: alert
# weir.name.0: alerts
# weir.slot.2: in-use
# weir.name.2: counts
"""Gives each alert a weight: the share of the flights counted so far that left from its airport.

Takes alerts on slot 0 and counts of flights on slot 2.
"""

import weir


def action(record, slot):
    busy = weir.pools("busy")
    if slot == 2:
        busy.set(record["airport"], record["flights"])
        return
    most = max((busy.get(airport) for airport in busy.keys()), default=0)
    here = busy.get(record["from"]) or 0
    yield dict(record, weight=round(here / most, 2) if most else 0.0)
