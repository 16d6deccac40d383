"""Records as coloured lines for a terminal, by colorlog."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

import colorlog
from colorlog.escape_codes import escape_codes
from colorlog.formatter import ColoredRecord

from runlog.handlers.colours import wants_colours
from runlog.handlers.filters import run_fields
from runlog.handlers.text_formatter import Style, rfc3339, unformattable, uses_run_fields

CONSOLE_FORMAT = "%(asctime)s %(log_color)s%(levelname)-8s%(reset)s %(name)s: %(message)s"
CONSOLE_TIME = "%H:%M:%S"
COLOURS = {**colorlog.default_log_colors, "METRIC": "cyan"}


class ConsoleFormatter(colorlog.ColoredFormatter):
    """colorlog's formatter for consoles: short local time, coloured level, logger and message.

    Colours appear as :func:`runlog.handlers.colours.wants_colours` says; a ``ConsoleHandler`` tells the formatter about
    the stream that it writes to at the moment. Formatting never raises and never leaves colours in the record, which
    other handlers get too.

    Args:
        fmt: A format with colorlog's fields (``log_color``, ``reset``, ``red``, ...) and those of
            ``RunContextFilter``, which need no filter here.
        datefmt: ``strftime`` format of the local time; ``%H:%M:%S`` without a format of one's own.
        style, validate: As for ``logging.Formatter``.
        options: The other arguments of ``colorlog.ColoredFormatter``: ``log_colors``, ``secondary_log_colors``,
            ``reset``, ``stream``, ``no_color``, ``force_color``, ``defaults``.
    """

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Style = "%",
        validate: bool = True,
        **options: Any,
    ) -> None:
        if fmt is None:
            fmt, style, datefmt = CONSOLE_FORMAT, "%", datefmt or CONSOLE_TIME
        options.setdefault("log_colors", COLOURS)
        super().__init__(fmt, datefmt, style, validate=validate, **options)
        self._wants_run = uses_run_fields(fmt)
        self._names = set(re.findall(r"\w+", fmt)) | {"reset"}
        self._escapes: dict[tuple[str, bool], Mapping[str, str]] = {}
        self._second: tuple[int, str] = (-1, "")

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, coloured where the formatter's own ``stream`` shows colours."""
        return self.render(record, self._colorize())

    def render(self, record: logging.LogRecord, coloured: bool) -> str:
        """The record as text, with or without colours."""
        try:
            return self._render(record, record.getMessage(), coloured)
        except Exception as error:
            return self._fallback(record, error, coloured)

    def _render(self, record: logging.LogRecord, message: str, coloured: bool) -> str:
        escapes = self._escapes_of(record.levelname, coloured)
        line: Any = ColoredRecord(record, escapes)
        if self._wants_run and "run_id" not in line.__dict__:
            line.__dict__.update({**run_fields(), **line.__dict__})
        line.message = message
        if self.usesTime():
            line.asctime = self.formatTime(record, self.datefmt)
        text: str = self._append_reset(self._style.format(line), escapes)
        return self._with_traces(text, record)

    def _with_traces(self, text: str, record: logging.LogRecord) -> str:
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            text = f"{text}\n{record.exc_text}"
        if record.stack_info:
            text = f"{text}\n{self.formatStack(record.stack_info)}"
        return text

    def formatException(self, ei: Any) -> str:
        """An exception as plain text: the record keeps it, and a file that gets the record next wants no colours."""
        return logging.Formatter.formatException(self, ei)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The local time of ``record``."""
        if not datefmt:
            return super().formatTime(record, datefmt)
        second = int(record.created)
        known, text = self._second
        if known != second:
            text = time.strftime(datefmt, self.converter(record.created))
            self._second = (second, text)
        return text

    def _colorize(self) -> bool:
        if self.force_color or self.no_color:
            return bool(self.force_color)
        return wants_colours(self.stream)

    def _escapes_of(self, level: str, coloured: bool) -> Mapping[str, str]:
        key = (level, coloured)
        if key not in self._escapes:
            self._escapes[key] = self._make_escapes(level, coloured)
        return self._escapes[key]

    def _make_escapes(self, level: str, coloured: bool) -> Mapping[str, str]:
        # colorlog builds this map, of all its colours, for every record; it depends on the level alone.
        codes = {**escape_codes, "log_color": self._get_escape_code(self.log_colors, level)}
        for name, colours in self.secondary_log_colors.items():
            codes[f"{name}_log_color"] = self._get_escape_code(colours, level)
        return {name: code if coloured else "" for name, code in codes.items() if name in self._names}

    def _fallback(self, record: logging.LogRecord, error: Exception, coloured: bool) -> str:
        message = unformattable(record, error)
        try:
            return self._render(record, message, coloured)
        except Exception:  # the format itself is at fault: a line without it
            return f"{rfc3339(record.created)} {record.levelname} {record.name}: {message}"
