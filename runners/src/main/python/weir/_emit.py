"""Outputs by call, as R models do it, beside those that are yielded."""

outputs = None  # where they go; a list while begin, action or end runs


def emit(value):
    """Outputs a record to slot 1."""
    if outputs is None or type(value) is tuple:
        emitTo(1, value)
    else:
        outputs.append(value)


def emitTo(slot, value):
    """Outputs a record to a slot."""
    if outputs is None:
        raise RuntimeError("emit and emitTo can be used in begin, action and end only")
    if type(slot) is not int:
        raise TypeError("emitTo(slot, value): a slot is an int, not %s" % type(slot).__qualname__)
    outputs.append((slot, value))
