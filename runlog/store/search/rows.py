"""What the index's tables are asked, and how they change. Nothing else of the search knows SQL but these functions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from typing import NamedTuple

from runlog.store.search.asked import Asked
from runlog.store.search.blocks import Block, Taken, in_range

_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
_BLOCKS = """
SELECT name, writer, streams.stream, blocks.segment, begin, end, last, band, flags, late, rank, attempt
FROM blocks JOIN streams ON streams.id = blocks.stream JOIN journals ON journals.id = journal
WHERE kind = :kind AND top >= :level AND first <= :latest AND last >= :earliest
AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names))) ORDER BY last DESC"""
_BLOCKS_WITH_WORDS = _BLOCKS.replace(
    "ORDER BY", "AND blocks.id IN (SELECT rowid FROM words WHERE words MATCH :words) ORDER BY"
)
Place = tuple[int, int]
"""Segment, and offset in it."""


class JournalKey(NamedTuple):
    """A journal: of a run, or of a process for records outside any run."""

    is_process: int
    name: str


class StreamRow(NamedTuple):
    """How far a stream is taken in."""

    writer: str
    stream: int
    segment: int
    place: int


class BlockRow(NamedTuple):
    """A block, with where it is to be found and what its records share."""

    name: str
    writer: str
    stream: int
    segment: int
    begin: int
    end: int
    last: int
    band: int
    flags: int
    late: int
    rank: int | None
    attempt: int


def marks(db: sqlite3.Connection) -> dict[JournalKey, str | None]:
    """All journals that are known; of those that are wholly taken in, what their folder looked like then."""
    return {JournalKey(kind, name): mark for kind, name, mark in db.execute("SELECT kind, name, mark FROM journals")}


def streams(db: sqlite3.Connection, key: JournalKey) -> list[StreamRow]:
    """How far the streams of a journal are taken in."""
    rows = db.execute(
        "SELECT writer, stream, segment, place FROM streams JOIN journals ON journals.id = journal "
        "WHERE kind = ? AND name = ?",
        key,
    )
    return [StreamRow(*row) for row in rows]


def journal_id(db: sqlite3.Connection, key: JournalKey) -> int:
    """The number of a journal, which is made where it is missing."""
    found = db.execute("SELECT id FROM journals WHERE kind = ? AND name = ?", key).fetchone()
    if found is None:
        return int(db.execute("INSERT INTO journals (kind, name) VALUES (?, ?)", key).lastrowid or 0)
    return int(found[0])


def set_mark(db: sqlite3.Connection, key: JournalKey, mark: str | None) -> None:
    """Keep what a journal's folder looked like when all of it was taken in."""
    db.execute("UPDATE journals SET mark = ? WHERE id = ?", (mark, journal_id(db, key)))


def stream_id(db: sqlite3.Connection, journal: int, writer: str, stream: int, begins: Place) -> tuple[int, Place]:
    """The number of a stream, which is made where it is missing, and how far it is taken in."""
    found = db.execute(
        "SELECT id, segment, place FROM streams WHERE journal = ? AND writer = ? AND stream = ?",
        (journal, writer, stream),
    ).fetchone()
    if found is not None:
        return found[0], (found[1], found[2])
    made = db.execute(
        "INSERT INTO streams (journal, writer, stream, segment, place, late, attempt) VALUES (?, ?, ?, ?, ?, 0, 1)",
        (journal, writer, stream, *begins),
    )
    return made.lastrowid or 0, begins


def add(db: sqlite3.Connection, stream: int, taken: Taken, end: Place, *, late: bool) -> None:
    """Add what a stretch holds, and move on how far its stream is taken in."""
    db.execute("UPDATE streams SET segment = ?, place = ?, late = ? WHERE id = ?", (*end, late, stream))
    if taken.opened is not None:
        rank, attempt = taken.opened.rank, taken.opened.attempt
        rank = None if rank is None else in_range(rank)
        db.execute("UPDATE streams SET rank = ?, attempt = ? WHERE id = ?", (rank, in_range(attempt), stream))
    for block in taken.blocks:
        _add_block(db, stream, block)
    db.executemany("INSERT INTO sources VALUES (?, ?, ?, ?)", [(stream, *one) for one in taken.sources])


def _add_block(db: sqlite3.Connection, stream: int, block: Block) -> None:
    made = db.execute(
        "INSERT INTO blocks (stream, segment, begin, end, first, last, band, top, flags) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (stream, *block[:-1]),
    )
    db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (made.lastrowid, block.text))


def remove_journal(db: sqlite3.Connection, key: JournalKey) -> None:
    """Forget a journal. What the word index has of it leads nowhere from then on."""
    found = db.execute("SELECT id FROM journals WHERE kind = ? AND name = ?", key).fetchone()
    if found is not None:
        db.execute("DELETE FROM journals WHERE id = ?", found)
        _remove_streams(db, "journal = ?", found)


def remove_writer(db: sqlite3.Connection, key: JournalKey, writer: str) -> None:
    """Forget a writer of a journal."""
    _remove_streams(db, "journal = ? AND writer = ?", (journal_id(db, key), writer))


def _remove_streams(db: sqlite3.Connection, condition: str, values: tuple[object, ...]) -> None:
    for (stream,) in db.execute(f"SELECT id FROM streams WHERE {condition}", values).fetchall():  # noqa: S608
        db.execute("DELETE FROM blocks WHERE stream = ?", (stream,))
        db.execute("DELETE FROM sources WHERE stream = ?", (stream,))
        db.execute("DELETE FROM streams WHERE id = ?", (stream,))


def candidates(
    db: sqlite3.Connection, asked: Asked, names: Collection[str] | None, newest: int | None, *, of_processes: bool
) -> Iterator[BlockRow]:
    """Blocks that may hold what is asked for, those with the latest records first.

    Args:
        db: a connection.
        asked: what is asked for.
        names: only of these journals; None for all.
        newest: only records up to this time, UTC ns.
        of_processes: records outside any run, instead of those of runs.
    """
    fields, words = asked.fields, asked.index_expression
    latest = min((one for one in (newest, fields.before) if one is not None), default=_HIGHEST)
    rows = db.execute(
        _BLOCKS if words is None else _BLOCKS_WITH_WORDS,
        {
            "kind": int(of_processes),
            "level": in_range(fields.level),
            "earliest": _LOWEST if fields.after is None else in_range(fields.after),
            "latest": in_range(latest),
            "names": None if names is None else json.dumps(sorted(names)),
            "words": words,
        },
    )
    return (BlockRow(*row) for row in rows)


def sources(db: sqlite3.Connection, key: JournalKey) -> list[tuple[str, int, int, int, int]]:
    """Where source lines of a journal stand: writer, stream, segment, begin and end of each event that has some."""
    return db.execute(
        "SELECT writer, streams.stream, sources.segment, begin, end FROM sources "
        "JOIN streams ON streams.id = sources.stream JOIN journals ON journals.id = journal "
        "WHERE kind = ? AND name = ? ORDER BY streams.id, sources.segment, begin",
        key,
    ).fetchall()
