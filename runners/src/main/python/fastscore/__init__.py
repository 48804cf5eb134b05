"""The module that FastScore's models import: the same as `weir`."""

from weir import *  # noqa: F401,F403
from weir import __all__  # noqa: F401
