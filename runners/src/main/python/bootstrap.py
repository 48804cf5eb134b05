"""The first code of a runner, executed by `python -c` with `take(n)` defined: gets the rest over standard input.

The sources come through the pipe, so that they are found however Weir is packaged, nothing is written to disk, and a
file of the user's that has the same name as a module of ours is never taken for it.

This file must be readable by every Python there is, so that one that is too old can say so.
"""

import marshal
import os
import sys

if sys.version_info < (3, 8):
    said = marshal.dumps([
        u"failed", u"load", 0, 0,
        u"Python " + u".".join(str(n) for n in sys.version_info[:3]) + u" is too old: Weir needs Python 3.8 or newer",
        u"The interpreter is " + u"" + sys.executable + u"\nSet WEIR_PYTHON to a newer one.",
    ], 2)
    size = len(said)
    os.write(1, bytes(bytearray([size >> 24 & 255, size >> 16 & 255, size >> 8 & 255, size & 255])) + said)
    os._exit(1)

if sys.path and sys.path[0] == "":
    del sys.path[0]  # no file in the current folder may shadow what the runner itself imports

settings = marshal.loads(take(int.from_bytes(take(4), "big")))  # noqa: F821


class Sources:
    """Imports the modules of this package from their sources."""

    def find_spec(self, name, path=None, target=None):
        if name not in settings["sources"]:
            return None
        return type(sys.__spec__)(name, self, origin=self.place(name), is_package=name in settings["packages"])

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(settings["sources"][name], self.place(name), "exec", dont_inherit=True), module.__dict__)

    def place(self, name):
        return "<weir>/" + name.replace(".", "/") + ".py"


sys.meta_path.insert(0, Sources())

if "script" in settings:
    from weir.script._child import main
elif "outline" in settings:
    from weir._outline import main
else:
    from weir._child import main

main(settings)
