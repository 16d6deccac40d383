"""The newest log records of a run, read from its end: what stands before them is not looked at."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from runlog.log_record import Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import SourceLines, crash_records, judge, note_unreadable, read_record
from runlog.reading.openings import Openings
from runlog.records import EventKind

if TYPE_CHECKING:
    from runlog.backend import JournalView


def newest_records(journal: JournalView, wanted: LogFilter, count: int) -> Iterable[Record]:
    """The last of the wanted records, in the order of their time: the last that reading all of them would give.

    Args:
        journal: of the run.
        wanted: which records.
        count: how many at most.
    """
    if not count:
        return []
    lines, openings = SourceLines(journal), Openings(journal)
    streams = [_last_of_writer(journal, one, wanted, count, lines, openings) for one in journal.writers]
    return deque(heapq.merge(*streams, key=lambda record: record.time_ns), maxlen=count)


def _last_of_writer(
    journal: JournalView, writer: Any, wanted: LogFilter, count: int, lines: SourceLines, openings: Openings
) -> list[Record]:
    wants, opened = judge(wanted), openings.of(writer.writer_id)
    crashes = list(crash_records(journal, wanted, openings, writer.writer_id))
    newest: list[Record] = []
    events = journal.events((EventKind.LOG,), writer=writer.writer_id, contains=wanted.needle, backwards=True)
    for event in (one for one in events if wants(one.payload)):
        record = read_record(event, lines.line, opened, late=writer.late)
        if record is None:
            note_unreadable(journal.damage, event)
            continue
        newest.append(record)
        if len(newest) >= count:
            break
    return list(islice([*reversed(newest), *crashes], max(0, len(newest) + len(crashes) - count), None))
