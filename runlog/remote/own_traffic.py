"""Records of the client's own requests: shown where the logger ``runlog.remote`` is at DEBUG, never written to a run.

A run whose records are sent would otherwise get a record for each request, which is sent by another request; and a
console at DEBUG would show two of them a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from runlog import own_log

TALKATIVE = (
    *("urllib3.connection", "urllib3.connectionpool", "urllib3.poolmanager", "urllib3.response"),
    *("urllib3.util.retry", "urllib3.util.ssl_", "requests", "requests.sessions", "charset_normalizer"),
)
"""Loggers of what requests are made with. A filter of a logger sees that logger's own records only."""
logger = logging.getLogger("runlog.remote")


class _Depth(threading.local):
    own = 0


_depth = _Depth()


class _KeptFromRuns(logging.Filter):
    """Keeps a record of this thread from everybody; where it was asked for, from runs only."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not _depth.own:
            return True
        record.__dict__["_runlog_written"] = True
        return logging.NOTSET < logger.level <= logging.DEBUG


_filter = _KeptFromRuns()


@contextmanager
def own_traffic() -> Iterator[None]:
    """What HTTP libraries log in this thread within the block comes to nobody who did not ask for it, nor to a run."""
    _watch()
    _depth.own += 1
    try:
        yield
    finally:
        _depth.own -= 1


def tell(message: str, *args: object) -> None:
    """Log a step of the client at DEBUG, to whoever asked for it, never to a run."""
    if own_log.is_asked_for():
        logger.debug(message, *args, stacklevel=2, extra=own_log.SHOWN_ONLY)


def _watch() -> None:
    """Have the filter in place, which whoever configures logging may have taken away."""
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(_filter)  # a second time changes nothing
