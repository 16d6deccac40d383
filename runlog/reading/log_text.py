"""Log records as lines of text."""

from __future__ import annotations

from collections.abc import Callable

from runlog.log_record import Record

LEVEL_WIDTH = 8


def text_formatter(
    format_time: Callable[[int], str], format_level: Callable[[int, str], str], *, show_rank: bool
) -> Callable[[Record], str]:
    """A function that writes a record as ``time level logger: message``, and below it traceback and stack.

    Args:
        format_time: writes UTC nanoseconds.
        format_level: writes a level's number and name; asked once for each level.
        show_rank: begin the message with the rank of its process.
    """
    levels: dict[tuple[int, str], str] = {}

    def format_record(record: Record) -> str:
        key = record.levelno, record.level
        level = levels.get(key)
        if level is None:
            level = levels[key] = format_level(*key)
        rank = f"[{record.rank}] " if show_rank and record.rank is not None else ""
        line = f"{format_time(record.time_ns)} {level} {record.logger}: {rank}{record.message}\n"
        if record.exception is not None:
            line += record.exception.format()
        return line + record.stack.rstrip("\n") + "\n" if record.stack else line

    return format_record


def padded(number: int, name: str) -> str:
    """A level's name, as wide as the longest of the standard ones."""
    return f"{name:<{LEVEL_WIDTH}}"
