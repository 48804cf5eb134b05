"""Makes source.db, with rows to copy, and target.db, with the tables that the writers fill.

The tables are made outside of the graphs, for they outlive their runs.
"""

import sqlite3
import sys

rows = int(sys.argv[1]) if len(sys.argv) > 1 else 2000

source = sqlite3.connect("source.db")
with source:
    source.execute("CREATE TABLE test (x INTEGER PRIMARY KEY, y INTEGER, z TEXT)")
    source.executemany("INSERT INTO test VALUES (?, ?, ?)", ((x, x * x, "row %d" % x) for x in range(1, rows + 1)))
source.close()

target = sqlite3.connect("target.db")
target.execute("PRAGMA journal_mode = WAL")  # of the file: readers do not hold up the writer
with target:
    target.execute("CREATE TABLE test (x INTEGER PRIMARY KEY, y INTEGER, z TEXT)")
    target.execute("CREATE TABLE test2 (x INTEGER, y INTEGER, z TEXT)")  # has no key: a row twice is there twice
    target.execute("CREATE TABLE wal (id INTEGER, batch INTEGER, message INTEGER, PRIMARY KEY (batch, message))")
target.close()
