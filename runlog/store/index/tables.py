"""The tables of ``index.sqlite``."""

from __future__ import annotations

FILE = "index.sqlite"
VERSION = 4
"""Of the tables, and of what is written to them: both are made from the journals, so another version is made anew."""
TABLES = """
CREATE TABLE counter (revision INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TABLE runs (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, mark TEXT, content BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX runs_by_revision ON runs (revision);
CREATE TABLE fields (
    space TEXT NOT NULL, key TEXT NOT NULL, run TEXT NOT NULL, value, PRIMARY KEY (space, key, run)) WITHOUT ROWID;
CREATE INDEX fields_by_run ON fields (run, space);
CREATE TABLE metrics (
    run TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE progress (run TEXT PRIMARY KEY, kept BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE deleted (run TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
"""
"""``content`` is a run's whole summary; ``fields`` has each value of it that queries ask for in a row of its own:
attributes, parameters, tags, properties, and of each metric four numbers. What a run does not have has no row.
``metrics`` has all metrics of the runs that have more than their summary shows, each in a row of its own.
``progress`` has, of runs that are written to, how far they were read: a new process goes on from there."""
