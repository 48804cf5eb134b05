"""A fish: a fold over events, whose states are kept here under numbers that Weir gives them.

Weir sends a list for each thing to be done: a verb, the number of a state, the verb's arguments, and last the numbers
of states that nobody needs any more.
"""

import copy
import json
from datetime import datetime

from weir import _call


class Metadata:
    """What is known of an event besides its payload."""

    __slots__ = ("stream", "offset", "lamport", "_time", "tags", "id", "local")

    def __init__(self, stream, offset, lamport, time, tags, id, local):
        self.stream = stream
        self.offset = offset
        self.lamport = lamport
        self._time = time
        self.tags = tags
        self.id = id
        self.local = local

    @property
    def time(self):
        """What the wall clock of its node said, in UTC."""
        return datetime.fromisoformat(self._time.replace("Z", "+00:00"))


def action(functions, file):
    """The one function that a runner calls for a fish."""
    return Fish(functions, file).do


class Fish:
    def __init__(self, functions, file):
        self.names = functions
        self.file = file
        self.states = {}
        self.on_event = self.function("on_event", 3)
        self.is_reset = self.function("is_reset", 2, needed=False)
        self.write = self.function("serialize", 1, needed=False)
        self.read = self.function("deserialize", 1, needed=False)
        if (self.write is None) != (self.read is None):
            raise _call.BadProgram("%s defines only one of serialize(state) and deserialize(data)" % file)
        if "initial_state" not in functions:
            raise _call.BadProgram("%s defines no initial_state, a function without parameters or a value" % file)

    def function(self, name, count, needed=True):
        function = self.names.get(name)
        if function is None:
            if needed:
                raise _call.BadProgram("%s defines no function %s, which is what a fish needs" % (self.file, name))
            return None
        if not callable(function):
            raise _call.BadProgram("%s in %s is not a function" % (name, self.file))
        _call.refuse_async(function, name)
        code = getattr(function, "__code__", None)
        if code is not None and not code.co_flags & 4:
            most = code.co_argcount
            least = most - len(function.__defaults__ or ())
            if not least <= count <= most:
                raise _call.BadProgram("%s in %s takes %d parameters, not %d" % (name, self.file, most, count))
        return function

    def do(self, command):
        for number in command[-1]:
            self.states.pop(number, None)
        return [getattr(self, "do_" + command[0])(*command[1:-1])]

    def do_describe(self, _):
        said = {}
        for name in ("fish", "where", "version", "revision", "on_error"):
            value = self.names.get(name)
            if value is not None:
                if type(value) is not (int if name == "version" else str):
                    raise TypeError("%s is %r: it must be %s" % (name, value, "a number" if name == "version" else "text"))
                said[name] = value
        said["resets"] = self.is_reset is not None
        return said

    def do_start(self, number):
        initial = self.names["initial_state"]
        self.states[number] = initial() if callable(initial) else copy.deepcopy(initial)

    def do_apply(self, number, payload, metadata):
        state = self.on_event(self.states[number], json.loads(payload), Metadata(*metadata))
        if state is None:
            raise TypeError("on_event returned None: it must return the state")
        self.states[number] = state

    def do_reset(self, _, payload, metadata):
        return bool(self.is_reset(json.loads(payload), Metadata(*metadata)))

    def do_write(self, number):
        state = self.states[number]
        value = state if self.write is None else self.write(state)
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def do_read(self, number, text):
        value = json.loads(text)
        self.states[number] = value if self.read is None else self.read(value)
