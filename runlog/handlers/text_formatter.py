"""Records as text lines, with UTC times."""

from __future__ import annotations

import copy
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Literal

from runlog.handlers.filters import RUN_FIELDS, run_fields
from runlog.handlers.record_message import with_message

FILE_FORMAT = "%(asctime)s %(levelname)-8s %(run_id)s %(name)s: %(message)s"

Style = Literal["%", "{", "$"]

_last_second: tuple[int, str] = (-1, "")


def rfc3339(seconds: float) -> str:
    """A time in seconds since 1970 as ``2026-11-24T04:33:26.123456Z``."""
    global _last_second
    microseconds = round(seconds * 1_000_000)
    second, fraction = divmod(microseconds, 1_000_000)
    known, text = _last_second
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        _last_second = (second, text)
    return f"{text}.{fraction:06d}Z"


def safe_text(value: object) -> str:
    """``str(value)``, or what went wrong where that raises."""
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} whose str() raised {type(error).__name__}>"


def unformattable(record: logging.LogRecord, error: Exception) -> str:
    """A message in place of one that could not be built: template, arguments, what failed and where it was logged."""
    arguments = f" {safe_text(record.args)}" if record.args else ""
    where = f"{record.pathname}:{record.lineno}"
    problem = f"{type(error).__name__}: {safe_text(error)}"
    return f"{safe_text(record.msg)}{arguments} [this record could not be formatted: {problem}; logged at {where}]"


def uses_run_fields(format_text: str) -> bool:
    """Whether a format names a field of :class:`~runlog.handlers.filters.RunContextFilter`."""
    return re.search(r"\b(?:" + "|".join(RUN_FIELDS) + r")\b", format_text) is not None


class RunAwareFormatter(logging.Formatter):
    """A ``logging.Formatter`` that knows the run fields without a filter, and never raises."""

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Style = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(fmt, datefmt, style, validate, defaults=defaults)
        self._wants_run = uses_run_fields(self._fmt or "")

    def format(self, record: logging.LogRecord) -> str:
        """The record as text; where the record can't be formatted, a line that says so and why."""
        try:
            return super().format(record)
        except Exception as error:
            return self._fallback(record, error)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without exception and stack."""
        if self._wants_run and "run_id" not in record.__dict__:
            record = copy.copy(record)
            record.__dict__.update({**run_fields(), **record.__dict__})
        return super().formatMessage(record)

    def _fallback(self, record: logging.LogRecord, error: Exception) -> str:
        message = unformattable(record, error)
        plain = with_message(record, message, None)
        plain.exc_text = None
        try:
            return super().format(plain)
        except Exception:  # the format itself is at fault: a line without it
            return f"{rfc3339(record.created)} {record.levelname} {record.name}: {message}"


class TextFormatter(RunAwareFormatter):
    """Text lines for files: RFC 3339 times in UTC, level, run id, logger and message.

    Args:
        fmt: A format as for ``logging.Formatter``; the fields of ``RunContextFilter`` may be used without the filter.
        datefmt: ``strftime`` format for ``asctime``; without one, ``2026-11-24T04:33:26.123456Z``.
        style: One of ``%``, ``{``, ``$``, as for ``logging.Formatter``.
        validate: Whether to check ``fmt`` against ``style`` at once.
        defaults: Values for fields that a record lacks.
    """

    converter = staticmethod(time.gmtime)

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Style = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        if fmt is None:
            fmt, style = FILE_FORMAT, "%"
        super().__init__(fmt, datefmt, style, validate, defaults=defaults)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The time of ``record`` in UTC."""
        return super().formatTime(record, datefmt) if datefmt else rfc3339(record.created)
