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
from typing import Any, NamedTuple

_WRITING = frozenset({"write", "writelines", "flush"})


class _OfThread(threading.local):
    text: str | None = None
    came_back = False


_shown = _OfThread()


@contextmanager
def showing(text: str, stream: Any) -> Iterator[None]:
    """Write a text to a stream in this block. Should it come back as a record, it is shown beside the stream."""
    outer, _shown.text = _shown.text, text
    try:
        yield
    finally:
        came_back, _shown.text, _shown.came_back = _shown.came_back, outer, False
        if came_back:
            show_text(text, stream)


def is_of_what_is_shown(record: logging.LogRecord) -> bool:
    """Whether this thread is in such a block: the record comes of what is written, and is not to go there again."""
    text = _shown.text
    if text is None:
        return False
    _shown.came_back = _shown.came_back or tells(record, text)
    return True


class Origin(NamedTuple):
    """Where a record came from that was logged while handlers are at work."""

    is_nested: bool
    """Whether the handlers that are at work are this thread's: a handler has logged, or something that it called."""
    stream: Any
    """The stream that a handler wrote to and that logged; None where it was something else that logged."""
    text: str
    """What was written to it."""


class _Write(NamedTuple):
    stream: Any
    text: str


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
            return Origin(True, *next((one for one in writes if _is_standard(one.stream)), (None, "")))
        if frame.f_code.co_name in _WRITING and (arguments := _arguments(frame)):
            writes.append(_Write(arguments[0], next((one for one in arguments if isinstance(one, str)), "")))
        elif writes and (found := _write_of(frame, writes)) is not None:
            return Origin(True, *found)
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
    show_text(f"{record.getMessage()}\n", stream)


def show_text(text: str, stream: Any) -> None:
    """Show a text where the interpreter's own stream leads, in place of another one. Never raises."""
    beneath = sys.__stdout__ if stream is sys.stdout else sys.__stderr__
    if beneath is None or beneath is stream:
        return
    try:
        beneath.write(text)
        beneath.flush()
    except Exception:  # it is closed, or can't encode the text: there is nowhere left to show it
        return


def _is_standard(stream: Any) -> bool:
    return stream is sys.stdout or stream is sys.stderr


def _arguments(frame: FrameType) -> list[Any]:
    """What a function was called with, as far as its arguments still have these values."""
    code, names = frame.f_code, frame.f_locals
    given = [names.get(name) for name in code.co_varnames[: code.co_argcount]]
    return [*given, *(names.get("args") or ())] if "args" in code.co_varnames else given
