"""Finding records: the newest first, page after page."""

from __future__ import annotations

import base64
import heapq
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from runlog import own_log
from runlog.errors import JournalError, WrongValueError
from runlog.journal import real_time
from runlog.journal.format import Stream
from runlog.journal.reader import Event
from runlog.records import UNREADABLE, EventKind
from runlog.store.folder_journal import FolderJournal
from runlog.store.search import rows
from runlog.store.search.asked import Asked
from runlog.store.search.block_check import check_block, check_frame
from runlog.store.search.blocks import RECORDS
from runlog.store.search.journal_intake import Tail
from runlog.store.search.rows import BlockRow, JournalKey

MOST_BLOCKS = 1_000
"""Blocks that are read for one page: half a million records at the most. A page that would need more ends early."""
MOST_SECONDS = 10.0
"""After which a page ends likewise, where its records are very long."""

_LOG = int(EventKind.LOG)


class Place(NamedTuple):
    """Where a record stands among all: by time, then by where it was written."""

    time: int
    name: str = ""
    writer: str = ""
    stream: int = 0
    segment: int = 0
    offset: int = 0


class Hit(NamedTuple):
    """A record that is asked for."""

    place: Place
    event: Event
    late: bool
    rank: int | None
    attempt: int


@dataclass
class Newest:
    """The newest of the hits before a place, as many as a page has and one more."""

    count: int
    before: Place | None
    hits: list[Hit] = field(default_factory=list)

    def add(self, hit: Hit) -> None:
        """Take a hit, unless there are enough newer ones."""
        if self.before is not None and hit.place >= self.before:
            return
        if len(self.hits) <= self.count:
            heapq.heappush(self.hits, hit)
        elif hit.place > self.hits[0].place:
            heapq.heapreplace(self.hits, hit)

    def is_complete(self, latest: int) -> bool:
        """Whether no record up to a time can be among them."""
        return len(self.hits) > self.count and self.hits[0].place.time > latest


def find(
    db: sqlite3.Connection,
    asked: Asked,
    names: Collection[str] | None,
    tails: Iterable[Tail],
    journal_of: Callable[[JournalKey], FolderJournal],
    newest: Newest,
    *,
    of_processes: bool,
) -> tuple[list[Hit], str | None]:
    """A page of what is asked for, and the cursor of the next one.

    Blocks come by their latest record. As soon as none of those that follow can have one that belongs to the page, it
    is complete.

    Args:
        db: a connection, of one transaction.
        asked: what is asked for.
        names: of the journals to search; None for all.
        tails: what is not in the index.
        journal_of: gives a journal.
        newest: gathers the page.
        of_processes: search records outside any run, instead of those of runs.
    """
    for hit in _in_tails(db, asked, names, tails, of_processes=of_processes):
        newest.add(hit)
    bound = None if newest.before is None else newest.before.time
    until = real_time.monotonic() + MOST_SECONDS
    for read, row in enumerate(rows.candidates(db, asked, names, bound, of_processes=of_processes)):
        if newest.is_complete(row.last):
            break
        is_enough = read >= MOST_BLOCKS or (read and real_time.monotonic() > until)
        if is_enough and (bound is None or row.last < bound - 1):
            return _cut_off(newest, row.last)
        for hit in _in_block(asked, journal_of, JournalKey(int(of_processes), row.name), row):
            newest.add(hit)
    found = sorted(newest.hits, reverse=True)
    page = found[: newest.count]
    return page, cursor_text(page[-1].place) if len(found) > newest.count else None


def _cut_off(newest: Newest, reached: int) -> tuple[list[Hit], str]:
    """What was found later than all blocks that were not read."""
    page = sorted((hit for hit in newest.hits if hit.place.time > reached), reverse=True)[: newest.count]
    full = len(page) == newest.count
    return page, cursor_text(page[-1].place if full else Place(reached + 1))


def _in_block(
    asked: Asked, journal_of: Callable[[JournalKey], FolderJournal], key: JournalKey, row: BlockRow
) -> Iterator[Hit]:
    try:
        checked = list(check_block(asked, journal_of(key), row))
    except (JournalError, OSError) as error:  # one that can't be read must not hide what is found in the others
        own_log.tell_in_particular("records of %s can't be searched: %r", row.name, error)
        return
    for record, event in checked:
        place = Place(record.time, row.name, row.writer, row.stream, row.segment, event.offset)
        yield Hit(place, event, bool(row.late), row.rank, row.attempt)


def _in_tails(
    db: sqlite3.Connection,
    asked: Asked,
    names: Collection[str] | None,
    tails: Iterable[Tail],
    *,
    of_processes: bool,
) -> Iterator[Hit]:
    for tail in tails:
        if bool(tail.key.is_process) is not of_processes or (names is not None and tail.key.name not in names):
            continue
        taken = {(row.writer, row.stream): (row.segment, row.place) for row in rows.streams(db, tail.key)}
        reached = taken.get((tail.writer, tail.stream), (0, 0))  # another process may have taken in more meanwhile
        for header, frame in tail.frames:
            if frame.kind != _LOG or (header.segment, frame.position) < reached:
                continue
            checked = check_frame(asked, tail.journal, tail.writer, Stream(tail.stream), frame)
            if checked is not None:
                record, event = checked
                place = Place(record.time, tail.key.name, tail.writer, tail.stream, header.segment, frame.position)
                yield Hit(place, event, tail.late, tail.rank, tail.attempt)


def cursor_text(place: Place) -> str:
    """A cursor: only what stands before the place is on the pages after it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Place | None:
    """What a cursor says.

    Raises:
        WrongValueError: it is none that a search gave.
    """
    if cursor is None:
        return None
    try:
        return _decode_place(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except UNREADABLE as error:
        raise WrongValueError(f"cursor={cursor!r} is none that a search of records gave: begin without one") from error


_decode_place = msgspec.json.Decoder(Place).decode

assert RECORDS * MOST_BLOCKS <= 1 << 19, "as the docs say"
