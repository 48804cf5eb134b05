"""The child process of an operator that is written as a script with the `api` object.

Start at `_child`, which talks to Weir; `_api` is what the script sees; `_types` are types and values; `_bodies` are the
bodies of messages and the records that they travel as.
"""
