"""How many log records, rows, tables and pictures a run has, counted without making any of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from runlog.exception_info import exception_lines
from runlog.reading.crash_records import crash_event
from runlog.reading.log_head import Head, decode_head
from runlog.reading.log_records import note_unreadable
from runlog.records import UNREADABLE, EventKind

if TYPE_CHECKING:
    from runlog.backend import JournalView

MOST = 500_000
"""Log records that are counted: two seconds' worth. Of a run that has more, it is said that there are."""
_COUNTED = (EventKind.ROW, EventKind.TABLE, EventKind.IMAGE, EventKind.MEDIA)


class LastError(NamedTuple):
    """The last record of level ERROR or above."""

    time_ns: int
    level: str
    logger: str
    message: str
    exception: str
    """``Type: message``; empty where the record has none."""


class RecordCounts(NamedTuple):
    """The log records of a run by level and by logger."""

    levels: dict[str, int]
    """From the lowest level to the highest."""
    loggers: dict[str, int]
    last_error: LastError | None
    is_all: bool
    """Whether all records were counted."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.levels.values())


def count_records(journal: JournalView, most: int = MOST) -> RecordCounts:
    """Count the log records of a run by level and by logger, and find the last error.

    Args:
        journal: of the run.
        most: how many are looked at.
    """
    levels: Counter[tuple[int, str]] = Counter()
    loggers: Counter[str] = Counter()
    worst: Head | None = None
    heads = _heads(journal)
    for head in islice(heads, most):
        levels[head.origin.levelno, head.origin.level] += 1
        loggers[head.origin.logger] += 1
        if head.origin.levelno >= logging.ERROR and (worst is None or head.time >= worst.time):
            worst = head
    named: Counter[str] = Counter()
    for (_, name), count in sorted(levels.items()):
        named[name] += count
    last = None if worst is None else _last_error(worst)
    return RecordCounts(dict(named), dict(loggers), last, next(heads, None) is None)


def _heads(journal: JournalView) -> Iterator[Head]:
    for event in chain(journal.events((EventKind.LOG,)), map(crash_event, journal.crashes())):
        try:
            yield decode_head(event.payload)
        except UNREADABLE:
            note_unreadable(journal.damage, event)


def _last_error(head: Head) -> LastError:
    origin = head.origin
    try:
        exception = next(exception_lines(origin.exception), "")
    except UNREADABLE:  # likewise
        exception = ""
    message = (origin.template or "") if head.message is None else head.message
    return LastError(head.time, origin.level, origin.logger, message, exception)


class _Named(msgspec.Struct):
    """What is read of an event: whose it is, and of a table the lengths of its columns."""

    name: str
    columns: dict[str, Any] = {}


_decode = msgspec.msgpack.Decoder(_Named).decode


def count_objects(journal: JournalView) -> dict[str, int]:
    """How many rows a name has, or pictures, texts, figures, histograms, sounds and pages."""
    counts: Counter[str] = Counter()
    for event in journal.events(_COUNTED):
        try:
            one = _decode(event.payload)
        except UNREADABLE:  # another version's form
            continue
        is_table = event.kind == EventKind.TABLE
        counts[one.name] += max(map(len, one.columns.values()), default=0) if is_table else 1
    return dict(counts)
