"""Log records of a run as they come, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runlog.log_record import ExceptionInfo, Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import SourceLines, crash_records, judge, read_record
from runlog.reading.openings import Openings
from runlog.records import EventKind

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.journal.reader import Event
    from runlog.records import RunOpened


def is_written(backend: Backend, run_id: str) -> bool:
    """Whether the run's owner lives; of a run that nobody here owns, whether any of its writers does."""
    writers = list(backend.journal(run_id).writers)
    owners = [writer for writer in writers if not writer.guest and not writer.late]
    return any(writer.liveness().name == "ALIVE" for writer in owners or writers)


class News:
    """The wanted records of a run that have not been taken yet."""

    def __init__(self, backend: Backend, run_id: str, wanted: LogFilter) -> None:
        self._backend = backend
        self._run_id = run_id
        self._wanted = wanted
        self._wants = judge(wanted)
        self._follower = backend.follow(run_id)
        self._opened: dict[str, RunOpened | None] = {}
        self._held: list[Event] = []

    def take(self, *, ended: bool) -> list[Record]:
        """What came since the last call, by time.

        The source lines of an exception are written a moment after it: where they are missing, everything is held back
        until the next call.

        Args:
            ended: there will be no next call.
        """
        fresh = [one for one in self._follower.poll() if one.kind == EventKind.LOG and self._wants(one.payload)]
        held, self._held = self._held, []
        records = self._read(held + fresh)
        if not ended and not held and any(map(_lacks_source, records)):
            self._held = fresh
            return []
        if not ended:
            return records
        journal = self._backend.journal(self._run_id)
        return [*records, *crash_records(journal, self._wanted, Openings(journal))]

    def _read(self, events: list[Event]) -> list[Record]:
        if not events:
            return []
        journal = self._backend.journal(self._run_id)
        late = {writer.writer_id for writer in journal.writers if writer.late}
        sources, openings = SourceLines(journal), Openings(journal)
        records = []
        for event in events:
            if event.writer not in self._opened:
                self._opened[event.writer] = openings.of(event.writer)
            record = read_record(event, sources.line, self._opened[event.writer], late=event.writer in late)
            if record is not None:
                records.append(record)
        return sorted(records, key=lambda record: record.time_ns)


def _lacks_source(record: Record) -> bool:
    return record.exception is not None and _has_bare_frame(record.exception)


def _has_bare_frame(exception: ExceptionInfo) -> bool:
    linked = [one for one in (exception.cause, exception.context, *exception.members) if one is not None]
    return any(not frame.source for frame in exception.frames) or any(map(_has_bare_frame, linked))
