"""The tables of the index, in SQLite's language."""

from __future__ import annotations

from pathlib import Path

from runlog.store.derived_database import DerivedDatabase

VERSION = 1
"""Of the tables and of what is written to them. A file of another version is made anew."""

TABLES = """
CREATE TABLE journals (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, mark TEXT, UNIQUE (kind, name));
CREATE TABLE streams (
    id INTEGER PRIMARY KEY, journal INTEGER NOT NULL, writer TEXT NOT NULL, stream INTEGER NOT NULL,
    segment INTEGER NOT NULL, place INTEGER NOT NULL, late INTEGER NOT NULL, rank INTEGER, attempt INTEGER NOT NULL,
    UNIQUE (journal, writer, stream));
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, segment INTEGER NOT NULL, begin INTEGER NOT NULL,
    end INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, band INTEGER NOT NULL, top INTEGER NOT NULL,
    flags INTEGER NOT NULL);
CREATE INDEX blocks_by_time ON blocks (last);
CREATE INDEX blocks_by_stream ON blocks (stream);
CREATE TABLE sources (stream INTEGER NOT NULL, segment INTEGER NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL);
CREATE INDEX sources_by_stream ON sources (stream);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '_'");
"""


def search_database(path: Path | None) -> DerivedDatabase:
    """The index in a file, or in memory."""
    return DerivedDatabase(path, VERSION, TABLES)
