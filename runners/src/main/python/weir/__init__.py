"""What a model may use: cells and pools, shared by all runners of the model and kept by Weir.

    import weir

    def action(x):
        total = weir.cells("total")
        total.update(lambda old: (old or 0) + x)
        yield total.value

Values are JSON values: None, bool, int, float, str, list, dict with str keys. What is put in or read is a copy.
"""

from weir._emit import emit, emitTo
from weir._state import DeadlockError, cells, pools

__all__ = ["DeadlockError", "cells", "emit", "emitTo", "log", "pools"]


def log(text):
    """Writes a line to the log of the job, as print does."""
    print(text, flush=True)
