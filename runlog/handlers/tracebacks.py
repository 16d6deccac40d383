"""Exceptions as structure: frames are taken in the caller's thread, source lines are looked up in the background.

Formatting a traceback reads source files; walking its frames does not. Each source line goes to a run once, however
often it is logged. Neither the traceback nor its frames are kept, so no local variable outlives the log call.
"""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from runlog.handlers.record_payload import ExceptionFields, text_of

MAX_FRAMES = 128
"""Frames kept from each end of a longer traceback."""
MAX_CHAIN = 32
"""Exceptions kept of a chain or a tree of groups."""

Place = tuple[str, int]
FrameFields = tuple[str, int, str, int]
"""Path, line, function, and how many frames were left out before it."""


def exception_fields(exc_info: Any) -> ExceptionFields | None:
    """The exception of a record's ``exc_info``, with its causes; None where it names none. Never raises."""
    if not isinstance(exc_info, tuple) or len(exc_info) != 3 or not isinstance(exc_info[1], BaseException):
        return None
    return _fields(exc_info[1], exc_info[2], set())


def _fields(error: BaseException, traceback: TracebackType | None, seen: set[int]) -> ExceptionFields:
    seen.add(id(error))
    kind = type(error)
    module = kind.__module__
    name = kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"
    notes = getattr(error, "__notes__", None)
    return [
        name,
        text_of(error),
        _frames(traceback),
        [text_of(note) for note in notes] if isinstance(notes, list | tuple) else [],
        _linked(error.__cause__, seen),
        _linked(error.__context__, seen),
        error.__suppress_context__,
        [_linked(member, seen) for member in _members(error)],
    ]


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """The exceptions of a group (the built-in one of Python 3.11 on, or its backport)."""
    members = getattr(error, "exceptions", None)
    return members if isinstance(members, tuple) and hasattr(error, "subgroup") else ()


def _linked(error: BaseException | None, seen: set[int]) -> ExceptionFields | None:
    if error is None or id(error) in seen or len(seen) >= MAX_CHAIN:
        return None
    return _fields(error, error.__traceback__, seen)


def _frames(traceback: TracebackType | None) -> list[FrameFields]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append((code.co_filename, traceback.tb_lineno, code.co_name, 0))
        traceback = traceback.tb_next
    if len(frames) <= 2 * MAX_FRAMES:
        return frames
    path, line, function, _ = frames[-MAX_FRAMES]
    skipped = len(frames) - 2 * MAX_FRAMES
    return [*frames[:MAX_FRAMES], (path, line, function, skipped), *frames[1 - MAX_FRAMES :]]


def all_frames(fields: ExceptionFields) -> Sequence[FrameFields]:
    """The frames of an exception and of what it was raised from."""
    frames: Sequence[FrameFields] = fields[2]
    for linked in (fields[4], fields[5], *fields[7]):
        if linked is not None:
            frames = [*frames, *all_frames(linked)]
    return frames


def without_frames(fields: ExceptionFields | None) -> ExceptionFields | None:
    """All else of an exception and of what it was raised from."""
    if fields is None:
        return None
    kind, message, _, notes, cause, context, suppress, members = fields
    linked = [without_frames(member) for member in members]
    return [kind, message, [], notes, without_frames(cause), without_frames(context), suppress, linked]


def source_lines(wanted: set[Place]) -> dict[str, dict[int, str]]:
    """The text of source lines, stripped, by path and line; lines that can't be found are left out."""
    found: dict[str, dict[int, str]] = {}
    for path, line in sorted(wanted):
        linecache.checkcache(path)
        if text := linecache.getline(path, line).strip():
            found.setdefault(path, {})[line] = text
    return found
