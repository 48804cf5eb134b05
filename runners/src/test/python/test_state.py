import os
import sys
import unittest
from collections import deque

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "main", "python"))

import fastscore  # noqa: E402
import weir  # noqa: E402
from weir import _state  # noqa: E402


class Weir:
    """The other side: grants what is asked for, after saying what is scripted to come before."""

    def __init__(self):
        self.sent = []
        self.inbox = deque()
        self.before = deque()
        self.recalled = []
        self.values = {}

    def owned(self):
        return True

    def send(self, message):
        self.sent.append(message)
        if message[0] == "need":
            self.inbox.extend(self.before)
            self.before.clear()
            item = message[2]
            if item[1] is None:
                keys = {name: value for (pool, name), value in self.values.items() if pool == item[0]}
                self.inbox.append(["grant", message[1], item, True, True, keys])
            else:
                self.inbox.append(
                    ["grant", message[1], item, message[3], item in self.values, self.values.get(item)])

    def recall(self, item, time=0.0):
        message = ["recall", list(item), time]
        self.recalled.append(message)
        return message

    def receive(self):
        return self.inbox.popleft()

    def take(self):
        sent, self.sent = self.sent, []
        return sent


class StateTest(unittest.TestCase):
    def setUp(self):
        self.weir = Weir()
        _state.attach(self.weir)
        _state.leases.usable = True
        _state.all_cells.clear()
        _state.all_pools.clear()
        _state.leases.dirty.clear()

    def test_both_modules_are_one(self):
        self.assertIs(fastscore.cells("c"), weir.cells("c"))
        self.assertIs(fastscore.pools("c"), weir.pools("c"))
        self.assertIs(fastscore.DeadlockError, weir.DeadlockError)

    def test_a_scalar_replaces_a_container_and_back(self):
        cell = weir.cells("c")
        for value in (1, [1], {"a": 1}, "x", None, 2.5, [2], True):
            cell.set(value)
            self.assertEqual(cell.value, value)
            self.assertEqual(cell.update(lambda old: [old]), [value])
            self.assertEqual(cell.value, [value])

    def test_an_upgrade_takes_the_newer_value(self):
        for before, after in ((1, _state.pack([2], "")), (_state.pack([1], ""), 2)):
            _state.all_cells.clear()
            self.weir.values[(None, "c")] = before
            cell = weir.cells("c")
            first = cell.value
            self.weir.values[(None, "c")] = after
            self.assertNotEqual(cell.update(lambda old: old), first)

    def test_a_recall_during_a_wait_is_served_at_once(self):
        weir.cells("b").set(1)
        self.weir.take()
        self.weir.before.append(self.weir.recall((None, "b")))
        weir.cells("a").value
        self.assertEqual(
            [message[0] for message in self.weir.take()], ["back", "need"])
        self.assertEqual(self.weir.recalled, [])

    def test_a_recall_of_what_is_updated_waits_for_the_end(self):
        a = weir.cells("a")

        def fn(old):
            self.weir.before.append(self.weir.recall((None, "a")))
            weir.cells("x").value
            self.assertEqual(len(self.weir.recalled), 1)
            return 5

        a.update(fn)
        self.weir.take()
        _state.leases.served()
        self.assertEqual(self.weir.take(), [["back", [(None, "a")], [((None, "a"), True, 5)]]])

    def test_recalls_are_due_after_a_while(self):
        weir.cells("a").set(1)
        self.weir.take()
        recall = self.weir.recall((None, "a"), _state.monotonic() + 1000)
        _state.leases.due()
        self.assertEqual(self.weir.take(), [])
        recall[2] = _state.monotonic() - _state.PATIENCE
        _state.leases.due()
        self.assertEqual(len(self.weir.take()), 1)

    def test_a_recall_is_answered_once(self):
        weir.cells("a").set(1)
        self.weir.take()
        self.weir.inbox.append(self.weir.recall((None, "a")))
        self.weir.inbox.append(["sync", 1])
        _state.leases.served()
        self.assertEqual(_state.leases.receive(), ["sync", 1])
        self.assertEqual([message[0] for message in self.weir.take()], ["back"])

    def test_what_is_deleted_and_set_again(self):
        pool = weir.pools("p")
        for whole in (False, True):
            if whole:
                pool.size()
            self.weir.values[("p", "k")] = 1
            pool.delete("k")
            self.assertNotIn("k", pool)
            pool.update("k", lambda old: [old])
            self.assertEqual(pool.get("k"), [None])
            pool.delete("k")
            self.assertEqual(_state.leases.sync(), [(("p", "k"), False, None)])
            self.assertEqual(_state.leases.sync(), [])

    def test_a_pool_is_true_even_when_empty(self):
        self.assertTrue(weir.pools("p"))
        self.assertEqual(len(weir.pools("p")), 0)
        self.assertEqual(list(weir.pools("p")), [])

    def test_a_failed_update_of_a_missing_key_makes_none(self):
        pool = weir.pools("p")
        with self.assertRaises(TypeError):
            pool.update("k", lambda old: old + 1)
        with self.assertRaises(TypeError):
            pool.update("k", lambda old: {1})
        self.assertNotIn("k", pool)
        self.assertEqual(_state.leases.sync(), [])
        self.assertEqual(_state.leases.locked, [])


if __name__ == "__main__":
    unittest.main()
