"""What a JSON value is, in Python.

A value is *exact* when it is made of None, bool, int, finite float, str, list and dict with str keys, and of no
subclasses of them. `exact` tells so at the speed of C, without a copy; `convert` makes an exact copy or says why there
is none. Containers are kept *packed*, as marshalled bytes: packing is the copy that keeps values apart, and
unpacking the other. A JSON value is never bytes, so a packed one cannot be mistaken for it.
"""

from itertools import chain
from marshal import dumps, loads
from math import isfinite

MAX_DEPTH = 1000
FORMAT = 2  # of marshal: without references, so that a reader needs no table
PLAIN = frozenset((int, str, bool, type(None)))
SCALARS = PLAIN | {float}
CONTAINERS = frozenset((list, dict))
KEYS = frozenset((str,))

unpack = loads


def exact(values):
    """Whether all these values are exact. Goes level by level through all of them at once."""
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, values))
        if float in kinds:
            floats = values if len(kinds) == 1 else [value for value in values if type(value) is float]
            if not all(map(isfinite, floats)):
                return False
        kinds -= SCALARS
        if not kinds:
            return True
        if not kinds <= CONTAINERS:
            return False
        deeper = []
        if dict in kinds:
            dicts = [value for value in values if type(value) is dict]
            if not set(map(type, chain.from_iterable(dicts))) <= KEYS:
                return False
            deeper.extend(chain.from_iterable(map(dict.values, dicts)))
        if list in kinds:
            deeper.extend(chain.from_iterable([value for value in values if type(value) is list]))
        values = deeper
    return False


def convert(value, lenient, subject):
    """An exact copy of a value.

    Subclasses become their base. When lenient, as for outputs, tuples become lists, and numbers of numpy and the like
    become Python's. `subject` names the value in the message of a TypeError or ValueError.
    """
    try:
        return _convert(value, lenient, subject, "", 0)
    except RecursionError:
        raise _too_deep(subject) from None


def pack(value, subject):
    """The form in which a value that is not a plain scalar is kept: a float, or packed bytes."""
    if type(value) is float and isfinite(value):
        return value
    if not exact((value,)):
        value = convert(value, False, subject)
    return dumps(value, FORMAT) if type(value) in CONTAINERS else value


def _convert(value, lenient, subject, path, depth):
    kind = type(value)
    if kind in PLAIN:
        return value
    if isinstance(value, float):
        value = float.__float__(value)
        if not isfinite(value):
            raise ValueError(
                "%s%s is %r, which JSON does not have: use None or a number" % (subject, _at(path), value))
        return value
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, str):
        return "".join((value, ""))
    if depth >= MAX_DEPTH:
        raise _too_deep(subject)
    if isinstance(value, dict):
        copy = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(
                    "%s%s has the key %s of type %s; the keys of a JSON object are str: use str(key)"
                    % (subject, _at(path), _short(key), _name(type(key))))
            copy[key if type(key) is str else "".join((key, ""))] = _convert(
                item, lenient, subject, "%s[%r]" % (path, key), depth + 1)
        return copy
    if isinstance(value, list) or lenient and isinstance(value, tuple):
        return [_convert(item, lenient, subject, "%s[%d]" % (path, i), depth + 1) for i, item in enumerate(value)]
    if lenient and _is_scalar_of_numpy(value):
        item = value.item()
        if type(item) is not kind:
            return _convert(item, lenient, subject, path, depth + 1)
    raise TypeError(
        "%s%s is of type %s, which is not a JSON value: %s" % (subject, _at(path), _name(kind), _way_out(value)))


def _is_scalar_of_numpy(value):
    return getattr(value, "ndim", None) == 0 and hasattr(value, "item")


def _way_out(value):
    if isinstance(value, tuple):
        return "use list(...)"
    if isinstance(value, (set, frozenset)):
        return "use sorted(...) or list(...)"
    if isinstance(value, (bytes, bytearray)):
        return "use .decode(), or base64 for binary data"
    if _is_scalar_of_numpy(value):
        return "use .item()"
    for method, use in (("tolist", ".tolist()"), ("isoformat", ".isoformat()"), ("to_dict", ".to_dict()")):
        if hasattr(value, method):
            return "use " + use
    if hasattr(value, "as_integer_ratio"):
        return "use float(...) or str(...)"
    if hasattr(value, "__next__") or hasattr(value, "keys"):
        return "use list(...) or dict(...)"
    return "use None, bool, int, float, str, list or dict"


def _too_deep(subject):
    return ValueError("%s is nested deeper than %d levels, or contains itself" % (subject, MAX_DEPTH))


def _at(path):
    return " at " + path if path else ""


def _name(kind):
    return kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
