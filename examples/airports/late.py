"""Counts flights that leave an hour late, by airport."""

import weir


def action(entry):
    if entry["minutes"] >= 60:
        late = weir.pools("late").update(entry["airport"], lambda n: (n or 0) + 1)
        yield {"airport": entry["airport"], "late": late}
