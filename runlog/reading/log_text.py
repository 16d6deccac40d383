"""Log records as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runlog.control_characters import INDENT, in_a_traceback, in_lines, in_one_line, indented
from runlog.log_record import ExceptionInfo, Record

LEVEL_WIDTH = 8


def text_formatter(
    format_time: Callable[[int], str], format_level: Callable[[int, str], str], *, show_rank: bool, raw: bool = False
) -> Callable[[Record], str]:
    """A function that writes a record as ``time level logger: message``, and below it traceback and stack.

    Args:
        format_time: writes UTC nanoseconds.
        format_level: writes a level's number and name; asked once for each level.
        show_rank: begin the message with the rank of its process.
        raw: write texts as they are. Else what acts on a terminal is written out, and of a text of several lines all
            but the first are indented, so that none of them passes for another record.
    """
    levels: dict[tuple[int, str], str] = {}

    def format_record(record: Record) -> str:
        key = record.levelno, record.level
        level = levels.get(key)
        if level is None:
            level = levels[key] = format_level(record.levelno, record.level if raw else in_one_line(record.level))
        rank = f"[{record.rank}] " if show_rank and record.rank is not None else ""
        if raw:
            return f"{format_time(record.time_ns)} {level} {record.logger}: {rank}{record.message}\n{_below(record)}"
        message = indented(in_lines(record.message))
        return f"{format_time(record.time_ns)} {level} {in_one_line(record.logger)}: {rank}{message}\n{_shown(record)}"

    return format_record


def _below(record: Record) -> str:
    """Traceback and stack as they are."""
    exception = "" if record.exception is None else record.exception.format()
    return f"{exception}{record.stack.rstrip()}\n" if record.stack else exception


def _shown(record: Record) -> str:
    """Traceback and stack as a terminal may show them."""
    if record.exception is None and not record.stack:
        return ""
    stack = f"{INDENT}{indented(in_lines(record.stack.rstrip()))}\n" if record.stack else ""
    return exception_text(record.exception) + stack


def exception_text(exception: ExceptionInfo | None) -> str:
    """A traceback as Python prints it, but for what a terminal would obey and lines in what others said."""
    if exception is None:
        return ""
    errors = list(_chain(exception))
    notes = [note for one in errors for note in one.notes]
    return in_a_traceback(exception.format(), (one.message for one in errors), notes)


def _chain(exception: ExceptionInfo | None) -> Iterator[ExceptionInfo]:
    """An exception and those that it was raised from. (Members of a group stand behind a margin.)"""
    while exception is not None:
        yield exception
        exception = exception.cause or exception.context


def padded(number: int, name: str) -> str:
    """A level's name, as wide as the longest of the standard ones."""
    return f"{name:<{LEVEL_WIDTH}}"
