"""``runlog logs -f``: records as a run in another process writes them."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from runlog.log_record import Record
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_news import News, is_written

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
    news = News(backend, run_id, wanted)
    first = True
    while True:
        ended = not is_written(backend, run_id)  # asked before the look: what came until then is read
        records = news.take(ended=ended)
        sys.stdout.writelines(map(format_record, deque(records, maxlen=tail) if first else records))
        sys.stdout.flush()
        if ended:
            return
        first = False
        time.sleep(INTERVAL)
