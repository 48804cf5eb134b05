"""`from fastscore.io import Slot`: the same as `weir.io`."""

from weir.io import *  # noqa: F401,F403
from weir.io import __all__  # noqa: F401
