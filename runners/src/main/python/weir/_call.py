"""Calls the functions of a program: how many parameters they take, and what their outputs are."""

from weir import _emit
from weir._values import convert, exact

GENERATOR = 0x20  # of co_flags, as are these
COROUTINE = 0x80 | 0x200
STAR_ARGS, STAR_KWARGS = 0x04, 0x08
PARAMETERS = ("data", "slot", "seqno")


class BadProgram(Exception):
    """The program is not one that can be run; says why."""


def parameters(action, name="action"):
    """How many of (data, slot, seqno) to call `action`, which the program calls `name`, with.

    Parameters with defaults are left alone, but for those that are called slot and seqno.
    """
    code, bound, defaults = _code(action)
    if code is None:
        return 1
    names = code.co_varnames[bound:code.co_argcount]
    required = len(names) - min(defaults, len(names))
    missing = code.co_kwonlyargcount - len(getattr(_function(action), "__kwdefaults__", None) or ())
    if missing > 0:
        raise BadProgram("%s has parameters that can only be given by name; it is called as %s" % (name, forms(name)))
    if required == 0 and not names and not code.co_flags & STAR_ARGS:
        raise BadProgram("%s takes no parameters: the first one is the record, as in %s(data)" % (name, name))
    if required > 3:
        raise BadProgram("%s takes %d parameters; it is called as %s" % (name, required, forms(name)))
    count = max(required, 1)
    while 0 < count < min(len(names), 3) and names[count] == PARAMETERS[count]:
        count += 1
    return count


def forms(name):
    """How an action may be called, for messages."""
    return "{0}(data), {0}(data, slot) or {0}(data, slot, seqno)".format(name)


def refuse_parameters(function, name):
    """`begin` and `end` are called with nothing."""
    code, bound, defaults = _code(function)
    if code is not None and code.co_argcount - bound - defaults > 0:
        raise BadProgram("%s takes parameters; it is called as %s()" % (name, name))


def refuse_async(function, name):
    code = _code(function)[0]
    if code is not None and code.co_flags & COROUTINE:
        raise BadProgram("%s is async, which a model's functions cannot be: use def %s" % (name, name))


def is_generator(function):
    """Whether a call of it gives a generator for certain."""
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & GENERATOR)


def collect(function):
    """What `begin` or `end` yields and emits. What else they return is nobody's."""
    outputs = _emit.outputs = []
    try:
        result = function()
        if hasattr(result, "__next__"):
            outputs.extend(result)
    finally:
        _emit.outputs = None
    return outputs


def checked(outputs, sets=()):
    """Outputs as exact values, and their slots or None when all are for slot 1.

    The end of a set of slot n, of those in `sets`, is a None for slot -n.

    :raises BadOutput: with the number of the output
    """
    if not sets and exact(outputs):
        return outputs, None
    values, slots, plain = [], [], not sets
    for i, value in enumerate(outputs):
        slot = 1
        try:
            if type(value) is tuple and len(value) == 2 and type(value[0]) is int:
                slot, value = value
                if slot < 1 or slot % 2 == 0:
                    raise ValueError(
                        "a pair names the slot of an output, and %d is none: output slots are odd; to output a "
                        "pair, yield a list" % slot)
                plain = plain and slot == 1
            if slot in sets:
                from weir import _sets

                rows = _sets.rows(value, "the output")
                values.extend(rows)
                slots.extend([slot] * len(rows))
                slot, value = -slot, None
            values.append(convert(value, True, "the output"))
        except (TypeError, ValueError) as error:
            raise BadOutput(i, error) from None
        slots.append(slot)
    return values, None if plain else slots


class BadOutput(Exception):
    """Output number `i` of a batch is not a JSON value."""

    def __init__(self, i, error):
        super().__init__(i, error)
        self.i = i
        self.error = error


def _function(callee):
    seen = 0
    while hasattr(callee, "__wrapped__") and seen < 100:
        callee = callee.__wrapped__
        seen += 1
    if not hasattr(callee, "__code__") and not hasattr(callee, "__func__"):
        call = getattr(type(callee), "__call__", None)
        if hasattr(call, "__code__"):
            return callee.__call__
    return callee


def _code(callee):
    function = _function(callee)
    bound = 1 if getattr(function, "__self__", None) is not None else 0
    function = getattr(function, "__func__", function)
    return getattr(function, "__code__", None), bound, len(getattr(function, "__defaults__", None) or ())
