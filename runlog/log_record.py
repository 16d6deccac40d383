"""A log record as the run log keeps it.

The payload, made in :mod:`runlog.handlers.record_payload`, is a msgpack array, since records are many; trailing fields
that are nil are left out:

    0 time (UTC ns)   1 message   2 an array of what the logging module set:
        0 levelno   1 level name   2 logger   3 path   4 line   5 function   6 process id   7 process name   8 thread id
        9 thread name   10 created (seconds since 1970, as the record says)   11 template   12 args   13 exception
        14 stack   15 task name
    3 extra

*message* is nil where it is the template, which had no args. :mod:`runlog.exception_info` reads *exception*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import msgspec

from runlog.errors import JournalError
from runlog.exception_info import ExceptionInfo, Frame, Sources, is_exception, read_exception
from runlog.json_values import is_nested_beyond, plain_json
from runlog.records import UNREADABLE

__all__ = ["ExceptionInfo", "Frame", "Record", "decode_log"]

_RECORD_FIELDS = (
    *("levelno", "level", "logger", "path", "line", "function"),
    *("process", "process_name", "thread", "thread_name", "created"),
    *("template", "args", "exception", "stack", "task"),
)

_UNSET: dict[str, Any] = {"levelno": 0, "level": "", "logger": "", "path": "", "line": 0, "function": ""}
"""What stands for a field that a record lacks."""


@dataclass(frozen=True)
class Record:
    """A log record read back from a run."""

    time_ns: int
    message: str
    levelno: int
    level: str
    logger: str
    path: str = ""
    line: int = 0
    function: str = ""
    process: int | None = None
    process_name: str | None = None
    thread: int | None = None
    thread_name: str | None = None
    created: float | None = None
    """When the record was made, in seconds since 1970, by the wall clock; a queue may bring it here later."""
    template: str | None = None
    """What the message was made of with ``args``; None where it had none."""
    args: Any = None
    exception: ExceptionInfo | None = None
    stack: str | None = None
    task: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    writer: str = ""
    rank: int | None = None
    attempt: int = 1
    """The attempt of the run that it was logged in."""
    prologue: bool = False
    """Logged by the process before the run began."""
    late: bool = False
    """Logged after the run had ended."""

    @property
    def time(self) -> datetime:
        """When it was written: aware, UTC, to the microsecond."""
        return datetime.fromtimestamp(self.time_ns // 1000 / 1e6, timezone.utc)


def decode_log(
    payload: bytes,
    *,
    source: Sources | None = None,
    writer: str = "",
    rank: int | None = None,
    attempt: int = 1,
    prologue: bool = False,
    late: bool = False,
) -> Record:
    """Read the payload of a LOG event.

    Args:
        payload: the event's payload.
        source: gives the source line of (path, line), or an empty string.
        writer: of the event.
        rank: of the writer.
        attempt: of the writer.
        prologue: the event has that flag.
        late: the writer opened after the run's end.

    Raises:
        JournalError: it is no log record.
    """
    try:
        time, message, fields, *more = _decode(payload)
        if (*map(type, (time, message)), *map(type, fields)) not in _KNOWN_TYPES:
            time, message, fields = _by_their_types(time, message, fields)
        named: dict[str, Any] = dict(zip(_RECORD_FIELDS, fields, strict=False))
        exception = named.pop("exception", None)
        if not _EARLIEST <= time <= _LATEST:
            time = max(_EARLIEST, min(_LATEST, time))
        _within_bounds(named)
        for name, unset in _UNSET.items():
            if named.get(name) is None:  # of a record that somebody made by hand
                named[name] = unset
        if message is None:
            message, named["template"], named["args"] = named["template"], None, None
        return Record(
            time,
            message or "",
            **named,
            exception=read_exception(exception, source or _no_source) if is_exception(exception) else None,
            extra=_extra(more[0]) if more and more[0] else {},
            writer=writer,
            rank=rank,
            attempt=attempt,
            prologue=prologue,
            late=late,
        )
    except (*UNREADABLE, KeyError) as error:
        raise JournalError(f"an event that should be a log record can't be read: {error}") from error


_KNOWN_TYPES: set[tuple[type, ...]] = set()
"""Types of fields that were found to be right, since most records have the same."""
_TEXTS = frozenset({"level", "logger", "path", "function", "process_name", "thread_name", "template", "stack", "task"})
_NUMBERS = frozenset({"levelno", "line", "process", "thread"})
_EARLIEST, _LATEST = -(1 << 63), (1 << 63) - 1
"""Moments are 64-bit numbers of nanoseconds."""


def _by_their_types(time: Any, message: Any, fields: list[Any]) -> tuple[int, str | None, list[Any]]:
    """The parts of a record with a value of its type in each place: bytes may come from anywhere.

    Raises:
        ValueError: its time is none.
    """
    if type(time) is not int:
        raise ValueError("its time is no number")
    given = (*map(type, (time, message)), *map(type, fields))
    message = _as_text(message)
    fields = [_fitting(name, one) for name, one in zip(_RECORD_FIELDS, fields, strict=False)]
    if given == (*map(type, (time, message)), *map(type, fields)):
        _KNOWN_TYPES.add(given)
    return time, message, fields


def _fitting(name: str, value: Any) -> Any:
    if name in _TEXTS:
        return _as_text(value)
    if name in _NUMBERS:
        return value if isinstance(value, int) else None
    if name == "created":
        return value if isinstance(value, int | float) else None
    return value


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(plain_json(value))


def _within_bounds(named: dict[str, Any]) -> None:
    """See to what no type says."""
    created, args = named.get("created"), named.get("args")
    if created is not None and not abs(created) < _LATEST / 1e9:
        named["created"] = None
    if args and is_nested_beyond(args):
        named["args"] = plain_json(args)


def _extra(value: Any) -> Mapping[str, Any]:
    """Extra fields; what is nested more deeply than is read is cut."""
    if not isinstance(value, dict):
        return {}
    if is_nested_beyond(value):
        value = plain_json(value)
    return value if all(type(name) is str for name in value) else {str(name): one for name, one in value.items()}


def _no_source(_path: str, _line: int) -> str:
    return ""


_decode = msgspec.msgpack.Decoder(list[Any], strict=False).decode
