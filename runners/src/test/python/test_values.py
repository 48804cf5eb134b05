import collections
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "main", "python"))

from weir import _values  # noqa: E402
from weir._values import convert, exact, pack, unpack  # noqa: E402


def some_value(rng, depth=3, wrong=0.0):
    if rng.random() < wrong:
        return rng.choice([(1,), {1}, b"x", float("nan"), {1: 2}, object(), collections.OrderedDict(), 1j])
    kind = rng.randrange(7 if depth else 5)
    if kind == 5:
        return [some_value(rng, depth - 1, wrong) for _ in range(rng.randrange(4))]
    if kind == 6:
        return {str(rng.random()): some_value(rng, depth - 1, wrong) for _ in range(rng.randrange(4))}
    return [None, True, rng.randrange(-10**20, 10**20), rng.random(), "x"][kind]


def is_json(value):
    """The rule, said slowly."""
    if value is None or type(value) in (bool, int, str):
        return True
    if type(value) is float:
        return value - value == 0
    if type(value) is list:
        return all(map(is_json, value))
    return type(value) is dict and all(type(key) is str and is_json(item) for key, item in value.items())


class ValuesTest(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("WEIR_SEED", random.randrange(1 << 30)))
        self.rng = random.Random(self.seed)

    def test_exact_is_the_rule(self):
        said = collections.Counter()
        for _ in range(3000):
            values = [some_value(self.rng, 3, 0.05) for _ in range(self.rng.randrange(5))]
            with self.subTest(WEIR_SEED=self.seed, values=values):
                self.assertEqual(exact(values), is_json(values))
            said[exact(values)] += 1
        self.assertGreater(min(said[True], said[False]), 100)

    def test_an_exact_value_is_converted_to_itself(self):
        for _ in range(500):
            value = some_value(self.rng)
            with self.subTest(WEIR_SEED=self.seed, value=value):
                self.assertEqual(convert(value, False, "it"), value)

    def test_packing_is_a_copy(self):
        value = {"a": [1]}
        packed = pack(value, "it")
        value["a"].append(2)
        self.assertEqual(unpack(packed), {"a": [1]})
        self.assertIsNot(unpack(packed), unpack(packed))

    def test_subclasses_become_their_base(self):
        class Text(str):
            def __str__(self):
                return "other"

        class Real(float):
            def __float__(self):
                return 0.5

        class Whole(int):
            def __int__(self):
                return 0

        value = collections.defaultdict(list, {Text("k"): Text("v"), "r": Real(1.5), "i": Whole(3)})
        copy = convert(value, False, "it")
        self.assertEqual(copy, {"k": "v", "r": 1.5, "i": 3})
        self.assertTrue(exact([copy]))

    def test_scalars_of_numpy(self):
        class Scalar:
            ndim = 0

            def item(self):
                return 7

        self.assertEqual(convert([Scalar()], True, "it"), [7])
        with self.assertRaisesRegex(TypeError, r"it at \[0\] is of type .*Scalar.*: use \.item\(\)"):
            convert([Scalar()], False, "it")

    def test_depth(self):
        value = 1
        for _ in range(_values.MAX_DEPTH):
            value = [value]
        self.assertTrue(exact([value]))
        self.assertFalse(exact([[value]]))
        with self.assertRaisesRegex(ValueError, "nested deeper"):
            pack([value], "it")


if __name__ == "__main__":
    unittest.main()
