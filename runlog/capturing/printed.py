"""What was printed, as records: whose line it is, where it was printed, and whether a logging handler printed it."""

from __future__ import annotations

import logging
import sys
import threading
from types import CodeType, FrameType

from runlog.capturing import record
from runlog.capturing.lines import LineBuffer
from runlog.handlers.shown_only import is_shown_only
from runlog.journal import fork

MOST_NESTED = 3
"""Records within records: a signal handler or a finalizer may print while a line is being recorded. No deeper."""
_PRUNE_AT = 64
_HERE = __name__.rpartition(".")[0]
_handler_code: frozenset[CodeType] = frozenset()


class _State(threading.local):
    """What one thread has printed."""

    def __init__(self) -> None:
        self.lines: LineBuffer | None = None
        self.nested = 0
        self.frame: FrameType | None = None


class PrintedLines:
    """Takes what is printed to one stream, puts each thread's lines together, and writes them as records.

    Args:
        logger: The name of the records' logger.
        level: Of the records; a line that was redrawn, as a progress bar, is INFO.
    """

    def __init__(self, logger: str, level: int) -> None:
        self._logger = logger
        self._level = level
        self._state = _State()
        self._buffers: dict[int, LineBuffer] = {}
        fork.watch(self)
        _find_handler_code()

    def printed(self, text: str) -> None:
        """Take what this thread printed, unless it is a record already."""
        state = self._state
        if is_shown_only() or state.nested >= MOST_NESTED:
            return
        frame = _caller()
        if _is_by_a_handler(frame):
            return
        self._feed(text, frame)

    def relayed(self, text: str) -> None:
        """Take what came by another way than this process's own ``print``: whose line it is, is not known."""
        self._feed(text, None)

    def flush(self) -> None:
        """Make lines of what has not ended."""
        self._state.frame = None
        for lines in list(self._buffers.values()):
            lines.flush()

    def forget(self) -> None:
        """In a forked child: what its parent has begun to print is the parent's."""
        self._buffers.clear()
        self._state = _State()

    def _feed(self, text: str, frame: FrameType | None) -> None:
        state = self._state
        lines = state.lines
        if lines is None:
            lines = state.lines = self._new_buffer()
        before, state.frame = state.frame, frame
        state.nested += 1
        try:
            lines.feed(text)
        finally:
            state.nested -= 1
            state.frame = before

    def _new_buffer(self) -> LineBuffer:
        if len(self._buffers) >= _PRUNE_AT:
            living = sys._current_frames()
            for thread in [one for one, lines in list(self._buffers.items()) if one not in living]:
                self._buffers.pop(thread).flush()
        lines = LineBuffer(self._take)
        earlier = self._buffers.get(threading.get_ident())  # of a thread that ended, and whose number this one has
        if earlier is not None:
            earlier.flush()
        self._buffers[threading.get_ident()] = lines
        return lines

    def _take(self, line: str, redrawn: bool) -> None:
        frame = self._state.frame
        path, number, function = ("", 0, "") if frame is None else _place(frame)
        level = logging.INFO if redrawn else self._level
        record.write(logging.LogRecord(self._logger, level, path, number, line, (), None, function))


def _place(frame: FrameType) -> tuple[str, int, str]:
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name


def _caller() -> FrameType | None:
    """The frame that printed, which is the first outside of this package."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_HERE):
        frame = frame.f_back
    return frame


def _is_by_a_handler(frame: FrameType | None) -> bool:
    """Whether ``logging`` is at work in this thread: what is printed then is a record already, or a handler's error."""
    code = _handler_code
    while frame is not None:
        if frame.f_code in code:
            return True
        frame = frame.f_back
    return False


def _find_handler_code() -> None:
    """Note the functions below which handlers print. Modules that are not imported can't print."""
    global _handler_code
    functions = [
        *(logging.Logger.callHandlers, logging.Handler.handle, logging.Handler.handleError, logging.Handler.flush),
        *(logging.StreamHandler.flush, logging.shutdown),
    ]
    for module, owner, method in (
        ("logging.handlers", "QueueListener", "handle"),
        ("runlog.handlers.console", "ConsoleHandler", "_write"),
    ):
        if module in sys.modules:
            functions.append(getattr(getattr(sys.modules[module], owner), method))
    _handler_code = frozenset(one.__code__ for one in functions)
