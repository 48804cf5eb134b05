"""Behind `weir.io`: the conversation of a program that reads its slots itself.

Weir sends work only when it is asked for ("wants"), or when the input has ended. A batch is done when the next one is asked
for, or the program is over. Until its first read the program is in what would be begin() of another. Between two reads
nothing is received; so an epoch ends while the program waits in a read.
"""

from collections import deque

from weir import _sets
from weir._values import convert

conversation = None  # of the one program; None for a model with callbacks


def read(slot, as_list, with_seqno):
    batch = _conversation().read(slot)
    if batch is None:
        return (None, None) if with_seqno else None
    number, records = batch
    data = records if as_list else _sets.deliver(records)
    return (data, number) if with_seqno else data


def write(slot, record):
    _conversation().write(slot, record)


def _conversation():
    if conversation is None:
        raise RuntimeError(
            "slots are read and written by programs that say '# fastscore.action: unused'; in this one, records come to "
            "action(data), and yield (slot, x) outputs one")
    if not conversation.wire.owned():
        raise RuntimeError("slots can be used only from the thread that runs the program")
    return conversation


class Conversation:
    def __init__(self, wire, leases, sets, overlay):
        self.wire = wire
        self._leases = leases
        self._sets = sets
        self._overlay = overlay
        self._begun = False
        self._ended = False
        self._over = {}  # the slots that have ended while others go on, each with the number of what that begins
        self.closed = False
        self._held = None  # the number of the work that the program is at
        self._waiting = {}
        self._values, self._slots = [], []

    def read(self, slot):
        """(number of the last record, records), or None."""
        if slot % 2:
            raise ValueError("slot %d is an output; input slots are even" % slot)
        self._begin()
        self._done()
        queue = self._waiting.setdefault(slot, deque())
        if not queue and not self._ended and slot not in self._over:
            self.wire.send(["wants", slot])
        while not queue and not self._ended and slot not in self._over:
            self._serve(self._leases.receive())
        if not queue:
            self._held = self._over.get(slot)
            if slot in self._over:
                self._over[slot] = None
            return None
        self._held, last, records = queue.popleft()
        return last, records

    def write(self, slot, record):
        if slot % 2 == 0:
            raise ValueError("slot %d is an input; output slots are odd" % slot)
        if slot in self._sets or _sets.is_set(record):
            rows = _sets.rows(record, "the output")
            self._values.extend(rows)
            self._slots.extend([slot] * len(rows))
            if slot in self._sets:
                self._values.append(None)
                self._slots.append(-slot)
        else:
            self._values.append(convert(record, True, "the output"))
            self._slots.append(slot)

    def finish(self):
        """The program is over; serves until Weir closes the pipe."""
        self._begin()
        self._done()
        for queue in self._waiting.values():
            for work in queue:
                self.wire.send(["done", work[0], [], None, []])
        if self._ended:
            self.wire.send(["ended", *self._take()])
        else:
            self.wire.send(["wants", -1])
        while not self.closed:
            message = self._leases.receive()
            if message[0] == "work":
                self.wire.send(["done", message[1], [], None, []])
            else:
                self._serve(message)
                if message[0] == "end":
                    self.wire.send(["ended", *self._take()])

    def _begin(self):
        if not self._begun:
            self._begun = True
            outputs = self._take()
            if self._overlay:
                self._leases.end_overlay()
                outputs = [], None
            self.wire.send(["begun", *outputs])

    def _done(self):
        if self._held is not None:
            self.wire.send(["done", self._held, *self._take(), []])
            self._held = None

    def _take(self):
        values, slots = self._values, self._slots
        self._values, self._slots = [], []
        return values, None if all(slot == 1 for slot in slots) else slots

    def _serve(self, message):
        kind = message[0]
        if kind == "work":
            number, slot, first, sequences, records = message[1:6]
            last = sequences[-1] if sequences else first + len(records) - 1
            self._waiting.setdefault(slot, deque()).append((number, last, records))
        elif kind == "sync":
            self.wire.send(["synced", message[1], self._leases.sync()])
        elif kind == "over":
            self._over[message[2]] = message[1]
        elif kind == "end":
            self._ended = True
        elif kind == "close":
            self.closed = self._ended = True
            raise SystemExit
        self._leases.served()
