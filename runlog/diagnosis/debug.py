"""``RUNLOG_DEBUG=1``: what runlog does is told on stderr, with secrets hidden, and changes of logging are watched."""

from __future__ import annotations

import logging
import sys

from runlog.diagnosis import observe
from runlog.handlers.shown_on import shows_on
from runlog.handlers.shown_records import shown_line

OWN = "runlog"
FORMAT = "%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"


class DebugHandler(logging.Handler):
    """Prints what runlog logs to the stderr of the moment, unless a handler of root does."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter(FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record; a fault goes to :meth:`logging.Handler.handleError`."""
        try:
            if sys.stderr is not None and not shows_on([sys.stderr], record.levelno):
                sys.stderr.write(f"{shown_line(record, self.format)}\n")
        except Exception:
            self.handleError(record)


def begin() -> None:
    """Print from now on what runlog does. Its records go to other handlers, and to runs, as before."""
    logger = logging.getLogger(OWN)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(DebugHandler())
    observe.watch()
