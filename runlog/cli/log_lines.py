"""Log records as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from runlog.cli.json_text import plain_json
from runlog.control_characters import in_json
from runlog.log_record import ExceptionInfo, Record
from runlog.reading import log_text
from runlog.reading.texts import local_clock, utc_text

RESET = "\x1b[0m"
COLOURS = ((50, "\x1b[1;31m"), (40, "\x1b[31m"), (30, "\x1b[33m"), (20, "\x1b[32m"), (0, "\x1b[2m"))
_encode = msgspec.json.Encoder().encode


def text_formatter(*, colour: bool, show_rank: bool, raw: bool = False) -> Callable[[Record], str]:
    """A function that writes a record as text, in local time.

    Args:
        colour: colour the level.
        show_rank: begin the message with the rank of its process.
        raw: write texts as they are, also what acts on a terminal.
    """
    format_level = _coloured if colour else log_text.padded
    return log_text.text_formatter(local_clock(), format_level, show_rank=show_rank, raw=raw)


def _coloured(number: int, name: str) -> str:
    colour = next(code for least, code in COLOURS if number >= least)
    return f"{colour}{log_text.padded(number, name)}{RESET}"


def format_json(record: Record) -> str:
    """A record as one line of JSON with everything that was kept; what is empty is left out."""
    return in_json(_encode(record_fields(record)).decode()) + "\n"


def record_fields(record: Record) -> dict[str, Any]:
    """A record as JSON has it. ``time`` and ``created`` are RFC 3339; ``exception`` has frames, cause and context."""
    fields: dict[str, Any] = {"time": utc_text(record.time_ns)}
    fields.update(level=record.level, levelno=record.levelno, logger=record.logger, message=record.message)
    created = None if record.created is None else utc_text(int(record.created * 1_000_000) * 1000)
    rest = {
        "template": record.template,
        "args": plain_json(record.args),
        "extra": plain_json(record.extra),
        "exception": None if record.exception is None else exception_fields(record.exception),
        "stack": record.stack,
        "path": record.path,
        "line": record.line or None,
        "function": record.function,
        "process": record.process,
        "process_name": record.process_name,
        "thread": record.thread,
        "thread_name": record.thread_name,
        "task": record.task,
        "created": created,
        "writer": record.writer,
        "rank": record.rank,
        "attempt": record.attempt if record.attempt > 1 else None,
        "prologue": record.prologue or None,
        "late": record.late or None,
    }
    fields.update({name: value for name, value in rest.items() if value not in (None, "", {}, [])})
    return fields


def exception_fields(exception: ExceptionInfo) -> dict[str, Any]:
    """An exception as JSON has it."""
    frames = [
        {"path": one.path, "line": one.line, "function": one.function, "source": one.source, "skipped": one.skipped}
        for one in exception.frames
    ]
    return {
        "type": exception.type,
        "message": exception.message,
        "frames": [{name: value for name, value in frame.items() if value or name == "line"} for frame in frames],
        **({"notes": list(exception.notes)} if exception.notes else {}),
        **({"cause": exception_fields(exception.cause)} if exception.cause else {}),
        **({"context": exception_fields(exception.context)} if exception.context else {}),
        **({"text": exception.text} if exception.text else {}),
        **({"members": [exception_fields(one) for one in exception.members]} if exception.members else {}),
    }
