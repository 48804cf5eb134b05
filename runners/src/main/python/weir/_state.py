"""Cells and pools, and the leases under which a runner works on its own copy of them.

Invariants:
- A value is here only while there is a lease on it (or, in an overlay, a copy of it). Changed values are dirty until they
  have been sent, with the lease when it is given back, or with a sync.
- A lease is not given back while an update function of the item runs: the item is in `locked`.
- At most one need is outstanding, and nothing is given back between a grant's arrival and its taking: recalls are
  served in the order of the messages while waiting, and out of order only when no grant can be on its way.

The quick paths matter: a handle keeps scalars in a slot or a dict and reads them at the speed of C; everything else goes
through the methods that begin with an underscore.
"""

from _collections import deque  # not by collections and operator, which take longer to import than the rest
from _operator import attrgetter
from marshal import dumps
from time import monotonic

from weir._values import FORMAT, PLAIN, pack, unpack

__all__ = ["DeadlockError", "attach", "cells", "pools"]

NONE, SHARED, EXCLUSIVE = 0, 1, 2
PATIENCE = 0.005  # seconds for which a recalled lease may be kept by a busy program
ABSENT = dumps(None, FORMAT)  # of a pool key that is leased and missing; read, it unpacks to None


class DeadlockError(RuntimeError):
    """An update needed what another runner is updating, and that one needs what this one is updating."""


class Leases:
    """What this runner holds, and its conversation about it. There is one; see `attach`."""

    def __init__(self):
        self.locked = []  # what update functions run of: cells, and (pool, key)
        self.dirty = set()  # cells
        self.overlay = False
        self.usable = False  # not before the program is loaded
        self.waiting = None  # the item that is waited for, for people
        self._wire = None
        self._request = 0
        self._stash = deque()

    def attach(self, wire):
        self._wire = wire

    def receive(self):
        """The next message other than recalls, which are served."""
        if self._stash:
            return self._stash.popleft()
        while True:
            message = self._wire.receive()
            if message[0] != "recall":
                return message
            self._serve(message)

    def due(self):
        """Serves the recalls that have waited long enough. To be called between two calls of the program."""
        before = monotonic() - PATIENCE
        self._give_back([recall for recall in self._wire.recalled if recall[2] <= before])

    def served(self):
        """Serves all recalls. To be called when a batch is done."""
        if self._wire.recalled:
            self._give_back(self._wire.recalled[:])

    def sync(self):
        """The changed values that have not been sent yet; the leases are kept."""
        changes = []
        for cell in self.dirty:
            changes.append(cell._change())
        self.dirty.clear()
        for pool in all_pools.values():
            pool._sync(changes)
        return changes

    def begin_overlay(self):
        self.overlay = True

    def end_overlay(self):
        self.overlay = False
        self.dirty.clear()
        for cell in all_cells.values():
            cell._drop()
        for pool in all_pools.values():
            pool._drop()

    def need(self, pool, name, exclusive):
        """Waits for a lease, or for a value to peek at; gives the grant."""
        wire = self._wire
        item = (pool, name)
        if not self.usable:
            raise RuntimeError(
                "%s: cells and pools can be used in begin, action and end, not while the file is loaded: initialise "
                "them in begin" % show(item))
        if not wire.owned():
            raise RuntimeError(
                "%s: cells and pools can be used only from the thread that calls begin, action and end" % show(item))
        if wire.recalled:
            self._give_back(wire.recalled[:])
        self._request += 1
        self.waiting = item
        wire.send(["need", self._request, item, exclusive, [_item(lock) for lock in self.locked], self.overlay])
        try:
            while True:
                message = wire.receive()
                kind = message[0]
                if kind == "grant":
                    return message
                if kind == "refuse":
                    raise DeadlockError(message[2])
                if kind == "recall":
                    self._serve(message)
                else:
                    self._stash.append(message)
        finally:
            self.waiting = None

    def _serve(self, recall):
        if any(recall is other for other in self._wire.recalled):
            self._give_back([recall])

    def _give_back(self, recalls):
        recalled = self._wire.recalled
        released, changes = [], []
        for recall in recalls:
            pool, name = recall[1]
            if pool is None:
                owner = all_cells.get(name)
                locked = owner in self.locked
            else:
                owner = all_pools.get(pool)
                locked = owner is not None and owner._locked(name)
            if locked:
                continue
            for i, other in enumerate(recalled):
                if other is recall:
                    del recalled[i]
                    break
            if owner is None:
                released.append((pool, name))
            elif pool is None:
                owner._release(released, changes)
            else:
                owner._release(name, released, changes)
        if released:
            self._wire.send(["back", released, changes])


leases = Leases()
locked = leases.locked
attach = leases.attach


def _item(lock):
    return (None, lock.name) if type(lock) is Cell else (lock[0].name, lock[1])


def show(item):
    pool, name = item
    if pool is None:
        return "cell %r" % name
    return "pool %r" % pool if name is None else "key %r of pool %r" % (name, pool)


def _nested(item):
    return RuntimeError("%s is being updated: its update function cannot write it; let it return the value" % show(item))


def _read_only(cell, value):
    raise AttributeError("the value of a cell is not assigned: write cells(%r).set(...), or .update(...)" % cell.name)


class Cell:
    """One value shared by all runners. None when it was never set."""

    # _value is set only while the value is here and is a scalar; otherwise __getattr__ finds it.
    # _hot: held exclusively, and known to be dirty.
    __slots__ = ("name", "_value", "_packed", "_mode", "_hot")

    value = property(attrgetter("_value"), _read_only, None, "The value. Containers are copies: change them by set or update.")

    def __init__(self, name):
        self.name = name
        self._packed = None
        self._mode = NONE
        self._hot = False

    def __repr__(self):
        return "weir.cells(%r)" % self.name

    def set(self, value):
        """Replaces the value."""
        if locked or not self._hot:
            self._take()
        self._put(value)

    def update(self, fn):
        """Replaces the value by fn(value), as one step that no other runner can come between; returns the new value.

        When fn raises, the value stays as it was.
        """
        if locked or not self._hot:
            self._take()
        locked.append(self)
        try:
            new = fn(self._value)
        finally:
            del locked[-1]
        if self._hot and (type(new) is int or type(new) in PLAIN):
            self._value = new
            return new
        return self._put(new)

    def __getattr__(self, name):
        if name != "_value":
            raise AttributeError("a cell has no attribute %r: it has value, set and update" % name)
        if self._mode == NONE:
            self._get(leases.need(None, self.name, False))
            return self._value
        return unpack(self._packed)

    def _take(self):
        if self in locked:
            raise _nested((None, self.name))
        if self._mode != EXCLUSIVE:
            self._get(leases.need(None, self.name, True))

    def _get(self, grant):
        value = grant[5]
        if type(value) is bytes:
            self._keep_packed(value)
        else:
            self._value = value
        self._mode = EXCLUSIVE if grant[3] or leases.overlay else SHARED

    def _put(self, value):
        kept = value if type(value) in PLAIN else pack(value, show((None, self.name)))
        if type(kept) is bytes:
            self._keep_packed(kept)
        else:
            self._value = value = kept
        if not self._hot:
            self._hot = True
            leases.dirty.add(self)
        return value

    def _keep_packed(self, packed):
        self._packed = packed
        if _has_scalar(self):
            del self._value

    def _change(self):
        self._hot = False
        return (None, self.name), True, _scalar(self) if _has_scalar(self) else self._packed

    def _release(self, released, changes):
        if self in leases.dirty:
            leases.dirty.discard(self)
            changes.append(self._change())
        released.append((None, self.name))
        self._drop()

    def _drop(self):
        if _has_scalar(self):
            del self._value
        self._packed = None
        self._mode = NONE
        self._hot = False


_scalar = Cell.__dict__["_value"].__get__


def _has_scalar(cell):
    try:
        _scalar(cell)
    except AttributeError:
        return False
    return True


class Pool:
    """A map of keys to values, shared by all runners. A missing key reads as None."""

    # _values: of the keys that are leased; all of them, and only those that exist, when the whole pool is.
    # _owned: the keys leased exclusively, when the whole pool is not.
    # _dirty: the keys changed and not sent; they are leased exclusively.
    __slots__ = ("name", "_values", "_owned", "_dirty", "_whole")

    def __init__(self, name):
        self.name = name
        self._drop()

    def __repr__(self):
        return "weir.pools(%r)" % self.name

    def get(self, key):
        """The value of a key, or None. Containers are copies: change them by set or update."""
        try:
            value = self._values[key]
        except KeyError:
            value = self._fetch(key)
        return unpack(value) if type(value) is bytes else value

    def set(self, key, value):
        """Sets the value of a key."""
        if locked or key not in self._dirty:
            self._take(key)
        self._put(key, value)

    def update(self, key, fn):
        """Replaces the value of a key by fn(value), as one step that no other runner can come between; returns the new
        value. A missing key is None. When fn raises, the value stays as it was.
        """
        if locked or key not in self._dirty:
            self._take(key)
        old = self._values.get(key)
        if type(old) is bytes:
            old = unpack(old)
        locked.append((self, key))
        try:
            new = fn(old)
        finally:
            del locked[-1]
        if type(new) is int or type(new) in PLAIN:
            self._values[key] = new
            self._dirty.add(key)
            return new
        return self._put(key, new)

    def delete(self, key):
        """Removes a key; tells whether it was there."""
        if locked or key not in self._dirty:
            self._take(key)
        if self._whole:
            if key not in self._values:
                return False
            del self._values[key]
        else:
            if self._values[key] is ABSENT:
                return False
            self._values[key] = ABSENT
        self._dirty.add(key)
        return True

    def contains(self, key):
        """Whether there is such a key."""
        if key in self._values:
            return self._values[key] is not ABSENT
        return self._fetch(key) is not ABSENT

    def keys(self):
        """All keys, as a list."""
        self._take_whole()
        return list(self._values)

    def items(self):
        """All keys with their values, as a list of pairs."""
        self._take_whole()
        return [(key, unpack(value) if type(value) is bytes else value) for key, value in self._values.items()]

    def size(self):
        """The number of keys."""
        self._take_whole()
        return len(self._values)

    __contains__ = contains
    __len__ = size

    def __iter__(self):
        return iter(self.keys())

    def __bool__(self):
        return True

    def _fetch(self, key):
        self._check(key)
        if self._whole:
            return ABSENT
        self._get(leases.need(self.name, key, False), key)
        return self._values.get(key, ABSENT)

    def _take(self, key):
        self._check(key)
        if (self, key) in locked:
            raise _nested((self.name, key))
        if not self._whole and key not in self._owned:
            self._get(leases.need(self.name, key, True), key)

    def _take_whole(self):
        if not self._whole:
            self._get(leases.need(self.name, None, True), None)

    def _get(self, grant, key):
        (pool, name), exclusive, present, value = grant[2:]
        if name is None:
            # What was changed here is newer than what is granted.
            kept = self._values
            self._values = value or {}
            for key in self._dirty:
                if key in kept and kept[key] is not ABSENT:
                    self._values[key] = kept[key]
                else:
                    self._values.pop(key, None)
            self._whole = True
            self._owned = set()
        else:
            self._values[name] = value if present else ABSENT
            if exclusive or leases.overlay:
                self._owned.add(name)

    def _put(self, key, value):
        kept = value if type(value) in PLAIN else pack(value, show((self.name, key)))
        self._values[key] = kept
        self._dirty.add(key)
        return value if type(kept) is bytes else kept

    def _check(self, key):
        if type(key) is not str:
            raise TypeError("pool %r: a key is a str, not %s: use str(...)" % (self.name, type(key).__qualname__))

    def _locked(self, name):
        return any(
            type(lock) is tuple and lock[0] is self and (name is None or self._whole or lock[1] == name)
            for lock in locked)

    def _change(self, key):
        value = self._values.get(key, ABSENT)
        return (self.name, key), value is not ABSENT, None if value is ABSENT else value

    def _sync(self, changes):
        if self._dirty:
            changes.extend(map(self._change, self._dirty))
            self._dirty.clear()

    def _release(self, name, released, changes):
        if name is None or self._whole:
            self._sync(changes)
            released.append((self.name, None))
            if not self._whole:
                released.extend((self.name, key) for key in self._values)
            self._drop()
            return
        if name in self._dirty:
            self._dirty.discard(name)
            changes.append(self._change(name))
        self._owned.discard(name)
        self._values.pop(name, None)
        released.append((self.name, name))

    def _drop(self):
        self._values = {}
        self._owned = set()
        self._dirty = set()
        self._whole = False


class Handles(dict):
    """The handles made so far, by name. Looking one up is a dict's look-up."""

    def __init__(self, kind):
        self._kind = kind

    def __missing__(self, name):
        if type(name) is not str:
            raise TypeError("the name of a %s is a str, not %s" % (self._kind.__name__.lower(), type(name).__qualname__))
        handle = self[name] = self._kind(name)
        return handle


all_cells = Handles(Cell)
all_pools = Handles(Pool)
cells = all_cells.__getitem__
pools = all_pools.__getitem__
