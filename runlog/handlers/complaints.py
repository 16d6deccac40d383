"""What a handler does with a record that it could not write: count it, and say so now and then."""

from __future__ import annotations

import logging
import sys
import traceback

from runlog.control_characters import in_one_line
from runlog.handlers.echoes import is_echo, showing
from runlog.handlers.shown_records import shown_traceback
from runlog.redaction import process as redaction

_MOST_KINDS = 100


class CountedErrors(logging.Handler):
    """A handler that never raises into the caller and never floods stderr.

    The standard library prints a traceback for every record that a handler fails on: a full disk then fills the
    terminal too. Here an error is printed when it is met for the 1st, 10th, 100th, ... time, each kind of error by
    itself, and not at all when ``logging.raiseExceptions`` is False. ``dropped`` counts the records.
    """

    dropped: int = 0
    """How many records this handler could not write."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Count ``record`` as dropped and print the error that is being handled, if it is time to."""
        if is_echo(record):
            return
        self.dropped += 1
        error = sys.exc_info()[1]
        if error is not None:
            self.complain(record, error, "could not write a record")

    def complain(self, record: logging.LogRecord | None, error: BaseException, what: str) -> None:
        """Print what went wrong, with a record or without one, if it is time to. Never raises."""
        complain(self, record, error, what)


def complain(handler: logging.Handler, record: logging.LogRecord | None, error: BaseException, what: str) -> None:
    """Print what went wrong in a handler, if it is time to. Never raises.

    Args:
        handler: that met the error.
        record: that it was about; None: no single one.
        error: as it was raised.
        what: the handler could not do.
    """
    if not logging.raiseExceptions:
        return
    try:
        times = _count(handler, error)
        if _is_power_of_ten(times) and sys.stderr is not None:
            text = _text(handler, record, error, what, times)
            with showing(text, record, sys.stderr):
                sys.stderr.write(text)
    except Exception:  # stderr may be the very thing that is broken, and the record is counted already
        return


def _count(handler: logging.Handler, error: BaseException) -> int:
    counts: dict[str, int] = handler.__dict__.setdefault("_complaints", {})
    kind = f"{type(error).__name__}: {error}"
    if kind not in counts and len(counts) >= _MOST_KINDS:
        kind = "other"
    counts[kind] = counts.get(kind, 0) + 1
    return counts[kind]


def _text(
    handler: logging.Handler, record: logging.LogRecord | None, error: BaseException, what: str, times: int
) -> str:
    often = f" (seen {times} times; told again at {times * 10})" if times > 1 else ""
    where = "" if record is None else f"Logged at {record.pathname}:{record.lineno} by logger {record.name!r}."
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    told = shown_traceback(redaction.text("".join(lines)), (type(error), error, None))
    return f"runlog: {type(handler).__name__} {what}{often}. The program goes on.\n{in_one_line(where)}\n{told}"


def _is_power_of_ten(number: int) -> bool:
    while number % 10 == 0 and number > 1:
        number //= 10
    return number == 1
