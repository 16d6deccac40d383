"""Lines of a source as log records of one run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runlog import context
from runlog.capturing.record import reaches_run_log, write
from runlog.errors import RunStateError, WrongTypeError
from runlog.handlers.extra_fields import KNOWN_FIELDS
from runlog.redaction.lines import LineSecrets

if TYPE_CHECKING:
    from runlog.run import Run

LOGGERS = "runlog.sources"


def chosen_run(run: Run | None) -> Run:
    """The run that a source writes to: the given one, else the one that is current here.

    Raises:
        WrongTypeError: it is no run.
        RunStateError: none is given, and none is open.
    """
    from runlog.run import Run

    found = context.current() if run is None else run
    if found is None:
        raise RunStateError("no run is open here that the lines could go to: start one first, or give run=")
    if not isinstance(found, Run):
        raise WrongTypeError(f"run must be a run, not {type(found).__name__}: {found!r}")
    return found


class LineRecords:
    """Writes lines as records.

    Args:
        name: of the source; the records' logger is ``runlog.sources.NAME``.
        run: that they go to.
        fields: extra fields of each record.
    """

    def __init__(self, name: str, run: Run, fields: Mapping[str, Any]) -> None:
        self.logger = logging.getLogger(f"{LOGGERS}.{name}")
        self.run = run
        self.fields = dict(fields)
        self._guard = threading.Lock()
        self._secrets = LineSecrets()
        self.count = 0
        """Lines that became records so far."""

    def write(
        self, line: str, level: int, fields: Mapping[str, Any] | None = None, *, created: float | None = None
    ) -> None:
        """Write one line. Never raises.

        Args:
            line: the message.
            level: of the record.
            fields: more extra fields.
            created: seconds since 1970 at which the line was written, as the source tells it.
        """
        with self._guard:
            line = self._secrets.hide(line)
        record = self.logger.makeRecord(self.logger.name, level, "", 0, line, (), None, "")
        if created is not None:
            record.created, record.msecs = created, created % 1 * 1000
        for name, value in {**self.fields, **(fields or {})}.items():
            record.__dict__[f"{name}_" if name in KNOWN_FIELDS or name.startswith("_") else name] = value
        with self._guard, context.use(self.run):
            self.count += 1
            enabled = self.logger.isEnabledFor(level)
            if not (enabled and reaches_run_log(self.logger, level)):
                write(record)
            if enabled:
                self.logger.handle(record)
