"""``run.records``: log records read back, filtered, in the order of their time."""

from __future__ import annotations

import heapq
import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from runlog.backend import JournalView
from runlog.errors import JournalError, WrongValueError
from runlog.journal.damage import Damage, Fault
from runlog.journal.format import EventFlag
from runlog.levels import level_number
from runlog.log_record import Record, decode_log
from runlog.reading.crash_records import crash_event
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_head import Head, decode_head, decode_quickly
from runlog.reading.moments import nanoseconds_in, nanoseconds_of
from runlog.reading.openings import Openings
from runlog.records import UNREADABLE, EventKind, RunOpened

if TYPE_CHECKING:
    from runlog.journal.reader import Event

_PROLOGUE = EventFlag.PROLOGUE


def make_filter(
    level: int | str | None, logger: str | None, grep: str | re.Pattern[str] | None, around: Any, seconds: float | None
) -> LogFilter:
    """A filter from what ``run.records`` takes.

    Raises:
        WrongTypeError: a level or moment of a wrong type.
        WrongValueError: there is no such level, the pattern is none, or a moment or ``seconds`` is no finite number.
    """
    try:
        pattern = None if grep is None else re.compile(grep)
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongValueError(f"grep={grep!r} is no regular expression: {error}") from error
    after = before = None
    if around is not None:
        middle, reach = nanoseconds_of(around), nanoseconds_in(5 if seconds is None else seconds)
        after, before = middle - reach, middle + reach
    return LogFilter(level_number(level) or logging.NOTSET, logger or "", pattern, after, before)


def read_records(
    journal: JournalView,
    wanted: LogFilter,
    writers: Collection[str] | None = None,
    sources: SourceLines | None = None,
    openings: Openings | None = None,
) -> Iterator[Record]:
    """The wanted records of all writers, or of some: those from before the run, then by time.

    Args:
        journal: of the run.
        wanted: which records.
        writers: the ids of the writers; None for all.
        sources: where source lines come from, for a caller that reads the same journal several times.
        openings: what the writers said of themselves, likewise.
    """
    lines = SourceLines(journal) if sources is None else sources
    opened = Openings(journal) if openings is None else openings
    chosen = [one for one in journal.writers if writers is None or one.writer_id in writers]
    streams = [_of_writer(journal, writer, wanted, lines, opened) for writer in chosen]
    if len(streams) == 1:
        return streams[0]
    return heapq.merge(*streams, key=lambda record: record.time_ns)


def _of_writer(
    journal: JournalView, writer: Any, wanted: LogFilter, sources: SourceLines, openings: Openings
) -> Iterator[Record]:
    opened = openings.of(writer.writer_id)
    wants, late = judge(wanted), writer.late
    for event in journal.events((EventKind.LOG,), writer=writer.writer_id, contains=wanted.needle):
        if wants(event.payload):
            record = read_record(event, sources.line, opened, late=late)
            if record is None:
                note_unreadable(journal.damage, event)
            else:
                yield record
    yield from crash_records(journal, wanted, openings, writer.writer_id)


def crash_records(
    journal: JournalView, wanted: LogFilter, openings: Openings, writer: str | None = None
) -> Iterator[Record]:
    """What processes told of their crashes, each as a record, as far as it is wanted.

    Args:
        journal: of the run.
        wanted: which records.
        openings: what the writers said of themselves.
        writer: only this writer's.
    """
    wants = judge(wanted)
    for crash in journal.crashes():
        if writer in {None, crash.writer} and wants((event := crash_event(crash)).payload):
            record = read_record(event, None, openings.of(crash.writer), late=False)
            if record is not None:
                yield record


def judge(wanted: LogFilter) -> Callable[[bytes], bool]:
    """A function that tells of a LOG event's payload whether it is wanted, by few of its fields.

    What can't be read is wanted, too: whoever reads all of it notes that it can't be.
    """
    if wanted.takes_all:
        return _takes_any
    takes = wanted.takes

    def wants(payload: bytes) -> bool:
        try:
            return takes(decode_quickly(payload))
        except UNREADABLE:
            return _takes_slowly(takes, payload)

    return wants


def _takes_slowly(takes: Callable[[Head], bool], payload: bytes) -> bool:
    try:
        return takes(decode_head(payload))
    except UNREADABLE:
        return True


def _takes_any(_payload: bytes) -> bool:
    return True


def read_record(
    event: Event, source: Callable[[str, int], str] | None, opened: RunOpened | None, *, late: bool
) -> Record | None:
    """A LOG event as a record; None where it can't be read."""
    try:
        prologue = bool(event.flags & _PROLOGUE)
        rank, attempt = (None, 1) if opened is None else (opened.rank, opened.attempt)
        return decode_log(
            event.payload,
            source=source,
            writer=event.writer,
            rank=rank,
            attempt=attempt,
            prologue=prologue,
            late=late,
        )
    except JournalError:  # another version's form: the reader's checks have found the bytes undamaged
        return None


def note_unreadable(damage: Damage, event: Event) -> None:
    """Enter a record that can't be read into the damage of its journal."""
    where = f"{event.writer}, byte {event.offset}"
    damage.note(where, Fault.RECORD, 1, "a log record is whole, but of a form that this version can't read")


@dataclass
class SourceLines:
    """Source lines that were kept beside exceptions, read when the first one is asked for."""

    journal: JournalView
    _lines: dict[str, dict[int, str]] | None = field(default=None)

    def line(self, path: str, number: int) -> str:
        """The text of a line; empty where it was not kept."""
        if self._lines is None:
            self._lines = read_sources(self.journal.events((EventKind.SOURCE,)))
        return self._lines.get(path, {}).get(number, "")


def read_sources(events: Iterable[Event]) -> dict[str, dict[int, str]]:
    """The lines that SOURCE events hold, by path and number; what can't be read is passed over."""
    sources: dict[str, dict[int, str]] = {}
    for event in events:
        try:
            kept = msgspec.msgpack.decode(event.payload)
            sources.setdefault(kept["path"], {}).update({int(number): text for number, text in kept["lines"].items()})
        except (*UNREADABLE, KeyError, AttributeError):
            continue
    return sources
