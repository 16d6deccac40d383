"""What was printed, as records: whose line it is, where it was printed, and whether a logging handler printed it."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any, TypeAlias

from runlog.capturing import record
from runlog.capturing.lines import LineBuffer, PlainLines, without_colours
from runlog.handlers.echoes import tells
from runlog.handlers.shown_only import is_shown_only
from runlog.journal import fork
from runlog.redaction.lines import LineSecrets

Logged: TypeAlias = Sequence[tuple[logging.Logger, logging.LogRecord]]
"""Records, each with the logger that it was logged by."""
MOST_NESTED = 3
"""Records within records: a signal handler or a finalizer may print while a line is being recorded. No deeper."""
PATIENCE = 5.0
"""Seconds that the end waits for another thread that is telling what was drawn."""
_PRUNE_AT = 64
_HERE = __name__.rpartition(".")[0]
_Place: TypeAlias = tuple[str, int, str]
_NOWHERE: _Place = ("", 0, "")
_handler_code: dict[int, CodeType] = {}
"""Code below which handlers print, by its address: to hash code takes longer than all else here."""


class _State(threading.local):
    """What one thread has printed."""

    def __init__(self) -> None:
        self.lines: PlainLines | None = None
        self.nested = 0
        self.frame: FrameType | None = None


class PrintedLines:
    """Takes what is printed to one stream, puts each thread's lines together, and writes them as records.

    What moves the cursor is put together for all threads: they draw on the same terminal, and libraries redraw from
    another thread than the one that began.

    Args:
        logger: The name of the records' logger.
        level: Of the records; a line that was redrawn, as a progress bar, is INFO.
    """

    def __init__(self, logger: str, level: int) -> None:
        self._logger = logger
        self._level = level
        fork.watch(self)
        _find_handler_code()
        self.forget()

    def forget(self) -> None:
        """In a forked child: what its parent has begun to print is the parent's."""
        self._state = _State()
        self._lines: dict[int, PlainLines] = {}
        self._drawn = LineBuffer(self._take_drawn)
        self._secrets = LineSecrets()
        self._drawing: set[int] = set()
        """Threads that have drawn what is there, and may go on with it; empty where nothing is."""
        self._waiting: deque[tuple[str, _Place]] = deque()
        self._turn = threading.Lock()

    def printed(self, text: str, logged: Logged = ()) -> None:
        """Take what this thread printed, unless it is a record already.

        Args:
            text: what was printed.
            logged: what the stream logged meanwhile. One that makes records of what is written to it needs no second.
        """
        state = self._state
        if is_shown_only() or state.nested >= MOST_NESTED:
            return
        frame = _caller()
        if _is_by_a_handler(frame) or (logged and self._is_logged(text, logged)):
            return
        self._feed(text, frame)

    def relayed(self, text: str) -> None:
        """Take what came by another way than this process's own ``print``: whose line it is, is not known."""
        self._feed(text, None)

    def flush(self) -> None:
        """Make lines of what has not ended."""
        self._state.frame = None
        for lines in list(self._lines.values()):
            if lines.pending:
                lines.feed("\n")
        if self._turn.acquire(timeout=PATIENCE):
            try:
                self._drawn.flush()
            finally:
                self._turn.release()

    def _feed(self, text: str, frame: FrameType | None) -> None:
        state = self._state
        lines = state.lines
        if lines is None:
            lines = state.lines = self._new_lines()
        before, state.frame = state.frame, frame
        state.nested += 1
        try:
            plain = None if self._drawing and self._goes_on(text) else without_colours(text)
            if plain is None:
                self._draw(lines.pop() + text, _place(frame))
            else:
                lines.feed(plain)
        finally:
            state.nested -= 1
            state.frame = before

    def _goes_on(self, text: str) -> bool:
        """Whether a text that does not move the cursor belongs to what is drawn."""
        return threading.get_ident() in self._drawing or not text.strip("\n")

    def _draw(self, text: str, place: _Place) -> None:
        """Show a text as a terminal would, or leave that to the thread that is just doing so."""
        self._drawing.add(threading.get_ident())
        self._waiting.append((text, place))
        while self._waiting and self._turn.acquire(blocking=False):
            try:
                while self._waiting:
                    self._drawn.feed(*self._waiting.popleft())
                if not self._drawn.is_open:
                    self._drawing.clear()
            finally:
                self._turn.release()

    def _new_lines(self) -> PlainLines:
        if len(self._lines) >= _PRUNE_AT:
            living = sys._current_frames()
            for thread in [one for one in list(self._lines) if one not in living]:
                self._lines.pop(thread).feed("\n")
        lines = PlainLines(self._take_line)
        earlier = self._lines.get(threading.get_ident())  # of a thread that ended, and whose number this one has
        if earlier is not None and earlier.pending:
            earlier.feed("\n")
        self._lines[threading.get_ident()] = lines
        return lines

    def _take_line(self, line: str) -> None:
        self._drawn.passed(line)
        if line.strip():
            self._write(line, self._level, _place(self._state.frame))

    def _take_drawn(self, line: str, redrawn: bool) -> None:
        self._write(line, logging.INFO if redrawn else self._level, self._drawn.tag or _NOWHERE)

    def _write(self, line: str, level: int, place: _Place) -> None:
        path, number, function = place
        line = self._secrets.hide(line)
        record.write(logging.LogRecord(self._logger, level, path, number, line, (), None, function))

    def _is_logged(self, text: str, logged: Logged) -> bool:
        """Whether the run log has a record of a text from the very stream that it was printed to."""
        lines = self._state.lines
        whole = ("" if lines is None else lines.pending) + text
        for logger, one in logged:
            if record.reaches_run_log(logger, one.levelno) and tells(one, whole):
                if lines is not None:
                    lines.pop()
                return True
        return False


def _place(frame: FrameType | None) -> _Place:
    if frame is None:
        return _NOWHERE
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name


def _caller() -> FrameType | None:
    """The frame that printed, which is the first outside of this package."""
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(_HERE):
        frame = frame.f_back
    return frame


def _is_by_a_handler(frame: FrameType | None) -> bool:
    """Whether ``logging`` is at work in this thread: what is printed then is a record already, or a handler's error."""
    code = _handler_code
    while frame is not None:
        if id(frame.f_code) in code:
            return True
        frame = frame.f_back
    return False


def _find_handler_code() -> None:
    """Note the functions below which handlers print. Modules that are not imported can't print."""
    global _handler_code
    functions: list[Callable[..., Any]] = [
        *(logging.Logger.callHandlers, logging.Handler.handle, logging.Handler.handleError, logging.Handler.flush),
        *(logging.StreamHandler.flush, logging.shutdown),
    ]
    for module, owner, method in (
        ("logging.handlers", "QueueListener", "handle"),
        ("runlog.handlers.console", "ConsoleHandler", "_write"),
    ):
        if module in sys.modules:
            functions.append(getattr(getattr(sys.modules[module], owner), method))
    _handler_code = {id(code): code for one in functions for code in _codes_of(one)}


def _codes_of(function: Any) -> Iterator[CodeType]:
    """The code of a function, and of those that it was put in the place of."""
    while function is not None:
        if isinstance(code := getattr(function, "__code__", None), CodeType):
            yield code
        function = getattr(function, "__wrapped__", None)
