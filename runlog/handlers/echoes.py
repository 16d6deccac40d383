"""Records that are an echo: ``sys.stdout`` or ``sys.stderr`` is an object that logs what is written to it.

What a handler writes to such a stream comes back as a record, and would go round for ever. So an echo goes to no
handler; its text is shown where the interpreter's own stream leads.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from msgspec import Struct

from runlog.handlers import returning
from runlog.handlers.returning import beneath, show_text

_WRITING = frozenset({"write", "writelines", "flush"})


class _Showing:
    """A text that is being written."""

    __slots__ = ("began", "came_back", "outer", "record", "text")

    def __init__(self, text: str, record: logging.LogRecord | None, began: float, outer: _Showing | None) -> None:
        self.text, self.record, self.outer = text, record, outer
        self.began: float = began if outer is None else outer.began
        """When the outermost one began to be written, where that may make records that are seen later."""
        self.came_back = False


class _OfThread(threading.local):
    newest: _Showing | None = None


_shown = _OfThread()


@contextmanager
def showing(text: str, record: logging.LogRecord | None, stream: Any) -> Iterator[None]:
    """Write the text of a record, if it is one, to a stream in this block.

    Should it come back as a record, it is shown beside the stream.
    """
    written = returning.remember(text, record, stream) if returning.may_return(stream) else None
    outer = _shown.newest
    _shown.newest = own = _Showing(text, record, 0.0 if written is None else written.began, outer)
    try:
        yield
    finally:
        _shown.newest = outer
        if own.came_back:
            show_text(text, beneath(stream))
        if written is not None:
            written.end()


def is_echo(record: logging.LogRecord) -> bool:
    """Whether a record comes of what a handler writes or has written, and is not to go there again."""
    newest = _shown.newest
    if newest is None:
        return returning.has_returned(record)
    if record.created <= newest.began and not _is_being_shown(record, newest):
        return False  # it waited in a buffer that is emptied in the midst of it
    newest.came_back = newest.came_back or tells(record, newest.text)
    return True


def is_written_line(record: logging.LogRecord) -> bool:
    """Whether a record tells what a handler writes or has written; it goes to nobody, and is shown by that handler."""
    newest = _shown.newest
    if newest is None:
        return returning.has_returned(record)
    is_one = record.created > newest.began and tells(record, newest.text)
    newest.came_back = newest.came_back or is_one
    return is_one


def _is_being_shown(record: logging.LogRecord, newest: _Showing) -> bool:
    one: _Showing | None = newest
    while one is not None:
        if one.record is record:
            return True
        one = one.outer
    return False


class Origin(Struct, frozen=True):
    """Where a record came from that was logged while handlers are at work."""

    is_nested: bool
    """Whether the handlers that are at work are this thread's: a handler has logged, or something that it called."""
    stream: Any
    """The stream that a handler wrote to and that logged; None where it was something else that logged."""
    text: str
    """What was written to it."""


class _Write(Struct, frozen=True):
    stream: Any
    text: str


_NO_WRITE = _Write(None, "")


def origin_of_record(at_work: tuple[CodeType, ...]) -> Origin:
    """Look where the record came from whose handling calls this.

    Args:
        at_work: The code of the functions that have handlers called.
    """
    writes: list[_Write] = []
    frame = sys._getframe(3)
    while (caller := frame.f_back) is not None:
        frame = caller
        if any(frame.f_code is one for one in at_work):
            found = next((one for one in writes if _is_standard(one.stream)), _NO_WRITE)
            return Origin(True, found.stream, found.text)
        if frame.f_code.co_name in _WRITING and (arguments := _arguments(frame)):
            writes.append(_Write(arguments[0], next((one for one in arguments if isinstance(one, str)), "")))
        elif writes and (write := _write_of(frame, writes)) is not None:
            return Origin(True, write.stream, write.text)
    return Origin(False, None, "")


def _write_of(frame: FrameType, writes: list[_Write]) -> _Write | None:
    """The write that a handler's method has called for, to the handler's own stream."""
    handler = next(iter(_arguments(frame)), None)
    if not isinstance(handler, logging.Handler):
        return None
    stream = getattr(handler, "stream", None)
    return next((one for one in writes if one.stream is stream), None)


def tells(record: logging.LogRecord, text: str) -> bool:
    """Whether a record tells what was written: all of it, or a line of it."""
    message, written = _message_of(record), text.strip()
    return bool(message and written) and (message in written or written in message)


def tells_something_else(record: logging.LogRecord, text: str) -> bool:
    """Whether a record is not about what was written; an empty one tells nothing."""
    return bool(_message_of(record)) and not tells(record, text)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage().strip()
    except Exception:  # arguments that don't fit are told of by the handlers
        return str(record.msg)


def show(record: logging.LogRecord, stream: Any) -> None:
    """Show an echo beside the stream that logged it. Never raises."""
    show_text(f"{record.getMessage()}\n", beneath(stream))


def _is_standard(stream: Any) -> bool:
    return stream is sys.stdout or stream is sys.stderr


def _arguments(frame: FrameType) -> list[Any]:
    """What a function was called with, as far as its arguments still have these values."""
    code, names = frame.f_code, frame.f_locals
    given = [names.get(name) for name in code.co_varnames[: code.co_argcount]]
    return [*given, *(names.get("args") or ())] if "args" in code.co_varnames else given
