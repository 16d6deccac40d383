"""``runlog logs -f``: records as a run in another process writes them."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runlog.journal.follow import EventFollower
from runlog.log_record import Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import SourceLines, rank_of, read_record, wants
from runlog.records import EventKind
from runlog.state import ENDED, NOT_RESPONDING

if TYPE_CHECKING:
    from runlog.backend import Backend

INTERVAL = 0.2
"""Seconds between two looks at the run."""


def follow_logs(
    backend: Backend, run_id: str, wanted: LogFilter, tail: int | None, format_record: Callable[[Record], str]
) -> None:
    """Print the wanted records of a run, those to come too, until it has ended.

    Args:
        backend: keeps the run.
        run_id: of the run.
        wanted: which records.
        tail: of those that are there at first, only the last so many.
        format_record: makes a record's text.
    """
    follower = EventFollower(Path(backend.describe_run(run_id)))
    ranks: dict[str, int | None] = {}
    first = True
    while True:
        ended = backend.state(run_id).status in {
            *ENDED,
            NOT_RESPONDING,
        }  # asked before the look: what came then is read
        journal = backend.journal(run_id)
        late = {writer.writer_id for writer in journal.writers if writer.late}
        sources = SourceLines(journal)
        records = []
        for event in follower.poll():
            if event.kind != EventKind.LOG or not wants(wanted, event):
                continue
            if event.writer not in ranks:
                ranks[event.writer] = rank_of(journal, event.writer)
            record = read_record(event, sources.line, ranks[event.writer], late=event.writer in late)
            if record is not None:
                records.append(record)
        records.sort(key=lambda one: one.time_ns)
        for record in deque(records, maxlen=tail) if first else records:
            sys.stdout.write(format_record(record))
        sys.stdout.flush()
        if ended:
            return
        first = False
        time.sleep(INTERVAL)
