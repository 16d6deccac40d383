"""Records that are lines of ours come back: what a handler wrote was logged again, by another thread or later.

A stream that logs may do so through a queue, or be a pipe that a thread of this process reads and logs. Such a record
is not nested in the handler that wrote the line, so it is known again by its text, which is a whole line with its time
and level, or by its thread, which was in the midst of writing when the record was made.
"""

from __future__ import annotations

import io
import logging
import math
import os
import stat
import sys
import threading
from _thread import get_ident
from collections import deque
from typing import Any

from msgspec import Struct

from runlog.handlers.unusual import reasons
from runlog.journal import fork

MOST = 256
"""Written texts that are known again."""
_DESCRIPTORS = "/proc/self/fd"
_ACCESS = "/proc/self/fdinfo"
_REASON = "a console handler's stream may lead back to logging"


class Written:
    """A text that was written, or is just being written, as its lines' hashes: they may be long."""

    __slots__ = ("_returned", "began", "beneath", "ended", "lines", "thread")

    def __init__(self, lines: set[str], stream: Any) -> None:
        self.began, self.ended = _now(), math.inf
        self.lines, self.thread = frozenset(map(hash, lines)), get_ident()
        self.beneath = beneath(stream)
        self._returned: set[int] = set()

    def end(self) -> None:
        """Note that it is written."""
        self.ended = _now()

    def returns(self, line: int) -> bool:
        """Whether a line of it comes back for the first time."""
        is_first = line not in self._returned
        self._returned.add(line)
        return is_first


class _Memory:
    """The newest texts that were written."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._newest: deque[Written] = deque()
        self._by_line: dict[int, list[Written]] = {}
        self._by_thread: dict[int, deque[Written]] = {}

    def add(self, one: Written) -> None:
        with self._guard:
            if len(self._newest) >= MOST:
                self._forget(self._newest.popleft())
            self._newest.append(one)
            self._by_thread.setdefault(one.thread, deque()).append(one)
            for line in one.lines:
                self._by_line.setdefault(line, []).append(one)

    def _forget(self, one: Written) -> None:
        for line in one.lines:
            left = self._by_line[line]
            left.remove(one)
            if not left:
                del self._by_line[line]
        of_thread = self._by_thread[one.thread]
        of_thread.popleft()
        if not of_thread:
            del self._by_thread[one.thread]

    def with_line(self, line: int) -> list[Written]:
        """Those that have this line."""
        with self._guard:
            return self._by_line.get(line, [])[:]

    def that_made(self, record: logging.LogRecord) -> list[Written]:
        """The one in the midst of which its thread made a record, if any."""
        with self._guard:
            for one in reversed(self._by_thread.get(record.thread or 0, ())):
                if one.began < record.created < one.ended:
                    return [one]
                if one.ended < record.created:  # and the older ones before that
                    return []
        return []

    def __len__(self) -> int:
        return len(self._newest)


class _Pipe(Struct, frozen=True):
    descriptor: int
    device: int
    inode: int


_written = _Memory()
_newest_pipe: tuple[_Pipe | None, bool] = (None, False)


def _now() -> float:
    """The moment, by the clock that records are dated with, which a test may have stopped."""
    return logging.time.time()  # type: ignore[attr-defined,no-any-return] # the very one, also where it is patched there


def may_return(stream: Any) -> bool:
    """Whether what is written to a stream may be logged by this process."""
    if not isinstance(stream, io.TextIOWrapper):
        return not isinstance(stream, io.StringIO)
    try:
        number = stream.fileno()
        state = os.fstat(number)
    except (OSError, ValueError):  # nothing of the system's beneath it, or it is closed
        return False
    return stat.S_ISFIFO(state.st_mode) and _is_read_here(_Pipe(number, state.st_dev, state.st_ino))


def _is_read_here(pipe: _Pipe) -> bool:
    global _newest_pipe
    if _newest_pipe[0] != pipe:
        _newest_pipe = (pipe, _has_reading_end(pipe))
    return _newest_pipe[1]


def _has_reading_end(pipe: _Pipe) -> bool:
    try:
        numbers = [int(one) for one in os.listdir(_DESCRIPTORS)]  # noqa: PTH208 - pathlib is not loaded otherwise
    except OSError:
        return False
    return any(_is_end(number, pipe) and _reads(number) for number in numbers)


def _is_end(number: int, pipe: _Pipe) -> bool:
    try:
        state = os.fstat(number)
    except OSError:  # the one that listed them
        return False
    return state.st_dev == pipe.device and state.st_ino == pipe.inode


def _reads(number: int) -> bool:
    try:
        with open(f"{_ACCESS}/{number}", encoding="ascii") as file:  # noqa: PTH123
            flags = next(line for line in file if line.startswith("flags:"))
    except (OSError, StopIteration):
        return False
    return int(flags.split()[1], 8) & os.O_ACCMODE == os.O_RDONLY


def remember(text: str, record: logging.LogRecord | None, stream: Any) -> Written:
    """Note what is written from here on, to know it again.

    Args:
        text: what is written.
        record: that it tells of, if any. A line that is its very message says nothing: others may log the same.
        stream: that it is written to.
    """
    reasons.add(_REASON)
    one = Written(_lines(text) - _lines(_message(record)), stream)
    _written.add(one)
    return one


def _message(record: logging.LogRecord | None) -> str:
    try:
        return "" if record is None else record.getMessage()
    except Exception:  # arguments that don't fit
        return ""


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()} - {""}


def has_returned(record: logging.LogRecord) -> bool:
    """Whether a record is a line that was written; it is then shown beside the stream, once."""
    if not len(_written):
        return False
    message = _message(record)
    line = hash(message.strip())
    found = _written.with_line(line) or _written.that_made(record)
    if (first := next((one for one in found if one.returns(line)), None)) is not None:
        show_text(f"{message}\n", first.beneath)
    return bool(found)


def beneath(stream: Any) -> Any:
    """The interpreter's own stream in place of another one; None where there is none, or it is that one itself."""
    own = sys.__stdout__ if stream is sys.stdout else sys.__stderr__
    return None if own is stream else own


def show_text(text: str, stream: Any) -> None:
    """Show a text on the interpreter's own stream, if any. Never raises."""
    try:
        if stream is not None:
            stream.write(text)
            stream.flush()
    except Exception:  # it is closed, or can't encode the text: there is nowhere left to show it
        return


def _in_forked_child() -> None:
    """Other threads of the parent held the lock, or were writing."""
    global _written
    _written = _Memory()


fork.in_child(_in_forked_child)
