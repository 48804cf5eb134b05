import marshal
import os
import subprocess
import sys
import unittest

BOOTSTRAP = os.path.join(os.path.dirname(__file__), "..", "..", "main", "python", "bootstrap.py")


class BootstrapTest(unittest.TestCase):
    def test_a_python_that_is_too_old_says_so(self):
        code = "import sys; sys.version_info = (3, 6, 9, 'final', 0); exec(open(%r).read())" % BOOTSTRAP
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE)
        size = int.from_bytes(done.stdout[:4], "big")
        self.assertEqual(len(done.stdout), 4 + size)
        message = marshal.loads(done.stdout[4:])
        self.assertEqual(message[:2], ["failed", "load"])
        self.assertEqual(message[4], "Python 3.6.9 is too old: Weir needs Python 3.8 or newer")
        self.assertIn("WEIR_PYTHON", message[5])


if __name__ == "__main__":
    unittest.main()
