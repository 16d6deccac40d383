"""``RUNLOG_DEBUG=1``: what runlog does is told on stderr, with secrets hidden, and changes of logging are watched."""

from __future__ import annotations

import logging
import sys

from runlog.diagnosis import observe
from runlog.redaction import redact_text

OWN = "runlog"
FORMAT = "%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s"


class HidingFormatter(logging.Formatter):
    """Hides the secrets of a whole line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        return redact_text(super().format(record))


class DebugHandler(logging.Handler):
    """Prints what runlog logs to the stderr of the moment."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(HidingFormatter(FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record; a fault goes to :meth:`logging.Handler.handleError`."""
        try:
            if sys.stderr is not None:
                sys.stderr.write(f"{self.format(record)}\n")
        except Exception:
            self.handleError(record)


def begin() -> None:
    """Print from now on what runlog does. Its records go to other handlers, and to runs, as before."""
    logger = logging.getLogger(OWN)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(DebugHandler())
    observe.watch()
