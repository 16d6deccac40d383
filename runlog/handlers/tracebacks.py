"""Exceptions as structure: frames are taken in the caller's thread, source lines are looked up in the background.

Formatting a traceback reads source files; walking its frames does not. Each source line goes to a run once, however
often it is logged. Neither the traceback nor its frames are kept, so no local variable outlives the log call.
"""

from __future__ import annotations

import itertools
import linecache
import logging
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

from runlog.handlers.record_message import text_of
from runlog.handlers.record_payload import ExceptionFields

MAX_FRAMES = 128
"""Frames kept from each end of a longer traceback."""
MAX_CHAIN = 1000
"""Exceptions kept of a chain or a tree of groups, those first that are nearest to the one that was logged."""
MOST_FRAMES = 20_000
"""Frames kept of all of these; when so many are, of each further exception the last two."""

_ABSENT = object()

Place = tuple[str, int]
FrameFields = tuple[str, int, str, int]
"""Path, line, function, and how many frames were left out before it."""


def exception_of(record: logging.LogRecord) -> ExceptionFields | None:
    """The exception of a record: as such, or as the text that came of it in another process. Never raises."""
    info = record.exc_info
    if info:
        known = exception_fields((type(info), info, info.__traceback__) if isinstance(info, BaseException) else info)
        if known is not None:
            return known
    text = getattr(record, "exc_text", None)
    return text_fields(text_of(text)) if text else None


def text_fields(text: str) -> ExceptionFields:
    """An exception of which only the traceback is known."""
    lines = text.rstrip().splitlines() or [""]
    last_frame = max((number for number, line in enumerate(lines) if line.startswith("  ")), default=len(lines) - 2)
    said = [line for line in lines[last_frame + 1 :] if line.strip()] or lines[-1:]
    kind, colon, message = "\n".join(said).partition(": ")
    if not colon and not kind.isidentifier():
        kind, message = "", kind
    return [kind or "Exception", message, [], [], None, None, False, [], [], text]


def exception_fields(exc_info: Any) -> ExceptionFields | None:
    """The exception of a record's ``exc_info``, with its causes; None where it names none. Never raises.

    :mod:`runlog.exception_info` says how they are linked.
    """
    if not isinstance(exc_info, tuple) or len(exc_info) != 3 or not isinstance(exc_info[1], BaseException):
        return None
    _, error, traceback = exc_info
    if _is_single(error):
        frames, notes = _frames(traceback, MAX_FRAMES), _notes_of(error)
        return [_name_of(type(error)), text_of(error), frames, notes, None, None, error.__suppress_context__, []]
    linked = _Linked(error)
    fields, room = [linked.fields_of(error, _frames(traceback, MAX_FRAMES))], MOST_FRAMES
    for one in linked.others():
        room -= len(fields[-1][2])
        fields.append(linked.fields_of(one, _frames(one.__traceback__, MAX_FRAMES if room > 0 else 1)))
    first, others = fields[0], fields[1:]
    return [*first, others] if others else first


def _is_single(error: BaseException) -> bool:
    """Whether an exception, as most do, leads to no other."""
    try:
        return error.__cause__ is None and error.__context__ is None and not hasattr(error, "exceptions")
    except Exception:
        return False


class _Linked:
    """The exceptions that one leads to, each once, numbered in the order in which they are found."""

    def __init__(self, first: BaseException) -> None:
        self._found = [first]
        self._numbers = {id(first): 0}

    def others(self) -> Iterator[BaseException]:
        """All but the first; what leads from one of them is found when its fields are asked for."""
        return itertools.islice(self._found, 1, None)  # a list may grow while it is iterated over

    def fields_of(self, error: BaseException, frames: list[FrameFields]) -> ExceptionFields:
        """The fields of one of them, but for those that it leads to."""
        kind = type(error)
        suppressed = bool(_asked(error, "__suppress_context__"))
        cause, context = (self._number(_asked(error, name)) for name in ("__cause__", "__context__"))
        members = [self._number(member) for member in _members(error)]
        kept = [number for number in members if number is not None]
        left_out = [f"[{len(members) - len(kept)} more members left out]"] if len(kept) < len(members) else []
        return [
            _name_of(kind),
            text_of(error),
            frames,
            [*_notes_of(error), *left_out],
            cause,
            context,
            suppressed,
            kept,
        ]

    def _number(self, error: Any) -> int | None:
        if not isinstance(error, BaseException):
            return None
        number = self._numbers.get(id(error))
        if number is None and len(self._found) < MAX_CHAIN:
            number = self._numbers[id(error)] = len(self._found)
            self._found.append(error)
        return number


def _name_of(kind: type[BaseException]) -> str:
    module, name = kind.__module__, kind.__qualname__
    return name if module in ("builtins", "__main__") else f"{module}.{name}"


def _notes_of(error: BaseException) -> list[str]:
    notes = _asked(error, "__notes__")
    return [text_of(note) for note in notes] if isinstance(notes, list | tuple) else []


def _asked(error: BaseException, name: str, absent: Any = None) -> Any:
    """An attribute of an exception, whose class may have made a property of it that raises."""
    try:
        return getattr(error, name, absent)
    except Exception:
        return absent


def _members(error: BaseException) -> tuple[Any, ...]:
    """The exceptions of a group (the built-in one of Python 3.11 on, or its backport)."""
    members = _asked(error, "exceptions")
    return members if isinstance(members, tuple) and _asked(error, "subgroup", _ABSENT) is not _ABSENT else ()


def _frames(traceback: TracebackType | None, most: int) -> list[FrameFields]:
    """The frames of a traceback; of a long one so many of each end."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append((code.co_filename, traceback.tb_lineno, code.co_name, 0))
        traceback = traceback.tb_next
    if len(frames) <= 2 * most:
        return frames
    path, line, function, _ = frames[-most]
    skipped = len(frames) - 2 * most
    return [*frames[:most], (path, line, function, skipped), *frames[len(frames) + 1 - most :]]


def _others(fields: ExceptionFields) -> Sequence[ExceptionFields]:
    return fields[8] if len(fields) > 8 else ()


def all_frames(fields: ExceptionFields) -> Sequence[FrameFields]:
    """The frames of an exception and of what it was raised from."""
    others = _others(fields)
    return [frame for one in (fields, *others) for frame in one[2]] if others else fields[2]


def without_frames(fields: ExceptionFields | None) -> ExceptionFields | None:
    """All else of an exception and of what it was raised from."""
    if fields is None:
        return None
    own = [*fields[:2], [], *fields[3:8]]
    others = [[*one[:2], [], *one[3:]] for one in _others(fields)]
    return [*own, others, *fields[9:]] if len(fields) > 8 else own


def source_lines(wanted: set[Place]) -> dict[str, dict[int, str]]:
    """The text of source lines, stripped, by path and line; lines that can't be found are left out."""
    found: dict[str, dict[int, str]] = {}
    for path, line in sorted(wanted):
        linecache.checkcache(path)
        if text := linecache.getline(path, line).strip():
            found.setdefault(path, {})[line] = text
    return found
