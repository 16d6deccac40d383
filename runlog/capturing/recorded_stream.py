"""What records the texts that are written to a stream, by whichever function of it."""

from __future__ import annotations

import codecs
import sys
from _thread import get_ident
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Any, TypeAlias

from runlog.capturing.printed import Logged
from runlog.handlers.call_handlers import Printing, printing
from runlog.handlers.replaced import AnyFunction, Replaced

Take: TypeAlias = Callable[[str, Logged], None]
"""Gets what was written, and what was logged meanwhile."""
_MARK = "_runlog_records_for"
_NEAR = 4
"""How many calls may lie between a text stream and the bytes beneath it, where others have replaced these, too."""


class Recorder:
    """Has one stream's own function called, and what was written taken, unless another recorder has it."""

    def __init__(self) -> None:
        self.take: Take | None = None
        self.check: Callable[[], None] | None = None
        """Called before each write, where the stream may have to be pointed elsewhere first."""

    @property
    def is_recording(self) -> bool:
        """Whether somebody gets what is written."""
        return self.take is not None

    def write_text(self, write: AnyFunction, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Write by the stream's own function, with all that it takes, returns and raises."""
        if self.check is not None:
            self.check()
        take, thread = self.take, get_ident()
        outer = printing.get(thread)
        if take is None or (outer is not None and outer.stream is not self):
            return write(*args, **named)
        own = printing[thread] = Printing(self)
        try:
            written = write(*args, **named)
        finally:
            if outer is None:
                printing.pop(thread, None)  # a fork may have forgotten it
            else:
                printing[thread] = outer
        if args and isinstance(args[0], str):
            take(args[0], own.logged)
        return written


class RecordedStream(Recorder):
    """A stream whose functions are replaced: for those who hold it, and those who write the bytes beneath it.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream
        self._number: int | None = None
        self._decoder: Any = None
        self._encoding = ""
        self._text = [Replaced(stream, "write", self._write), *self._lines_of(stream)]
        self._bytes: list[Replaced] = []
        self._numbers = [Replaced(stream, "fileno", self._fileno)]
        with suppress(AttributeError, ValueError):  # there is none, or it was detached
            buffer = stream.buffer
            self._bytes = [Replaced(buffer, "write", self._write_bytes), *self._lines_of(buffer)]
            self._bytes.append(Replaced(stream, "flush", self._flush))
            self._numbers.append(Replaced(buffer, "fileno", self._fileno))

    @property
    def write(self) -> AnyFunction | None:
        """The function that takes the place of the stream's own; None where nothing does."""
        return self._text[0].acting

    @property
    def number(self) -> int | None:
        """Of the file descriptor that it writes to; None where there is none."""
        try:
            return int(self._stream.fileno())
        except (AttributeError, OSError, ValueError):  # a notebook's, or closed
            return None

    def begin(self, take: Take) -> None:
        """Have ``take`` get what is written from now on, as far as the stream takes functions of others."""
        self.take = take
        self._replace(self._text)
        beneath = _recorder_of(self._bytes[0].owner) if self._bytes else None
        if beneath is None or beneath is self or not beneath.is_recording:
            self._replace(self._bytes)

    def end(self) -> None:
        """Put its functions back, where they are still ours."""
        self.take = None
        for one in (*self._text, *self._bytes):
            one.end()

    def begin_number(self, number: int, check: Callable[[], None]) -> None:
        """Have it name a file descriptor, that others write to, in place of its own.

        Args:
            number: of the descriptor.
            check: is called before each write.
        """
        self._number, self.check = number, check
        self._replace(self._numbers)

    def end_number(self) -> None:
        """Undo :meth:`begin_number`."""
        self._number = self.check = None
        for one in self._numbers:
            one.end()

    def has_made(self, function: Any) -> bool:
        """Whether a function is one of those that take the place of the stream's own."""
        return any(one.has_made(function) for one in (*self._text, *self._bytes))

    def _lines_of(self, stream: Any) -> Iterable[Replaced]:
        """A stream's own ``writelines`` may pass by its ``write``."""
        return [Replaced(stream, "writelines", self._write_lines)] if hasattr(stream, "writelines") else []

    def _replace(self, functions: Iterable[Replaced]) -> None:
        with suppress(AttributeError, TypeError):  # it takes none, as one that is made in C++
            for one in functions:
                one.begin()
                if one.acting is not None:
                    one.acting.__dict__[_MARK] = self

    def _write(self, replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def write(*args: Any, **named: Any) -> Any:
            return self.write_text(original, args, named) if replaced.acts(write) else original(*args, **named)

        return write

    def _write_lines(self, replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def write_lines(lines: Iterable[Any], /) -> None:
            if self.take is None or not replaced.acts(write_lines):
                original(lines)
                return
            for line in lines:
                replaced.owner.write(line)

        return write_lines

    def _flush(self, _replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def flush_text(*args: Any, **named: Any) -> Any:  # to be seen beneath the bytes that come of it
            return original(*args, **named)

        return flush_text

    def _write_bytes(self, replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def write_bytes(*args: Any, **named: Any) -> Any:
            if self.check is not None:
                self.check()
            written = original(*args, **named)
            take = self.take
            if take is not None and args and replaced.acts(write_bytes) and not _is_of_text(sys._getframe(1)):
                take(self._decoded(bytes(args[0])[:written]), ())
            return written

        return write_bytes

    def _fileno(self, replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def fileno() -> Any:
            number = self._number
            return number if number is not None and replaced.acts(fileno) else original()

        return fileno

    def _decoded(self, data: bytes) -> str:
        with suppress(ValueError):  # the stream was detached
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            if encoding != self._encoding:
                self._decoder = codecs.getincrementaldecoder(encoding)("replace")
                self._encoding = encoding
        return str(self._decoder.decode(data)) if self._decoder is not None else data.decode("utf-8", "replace")


def recorded(stream: Any) -> RecordedStream:
    """What replaces a stream's functions; what did before, where that left a trace."""
    return _recorder_of(stream) or RecordedStream(stream)


_TEXT = frozenset({"write_text", "flush_text"})


def _is_of_text(frame: FrameType | None) -> bool:
    """Whether bytes come of a text that was recorded, through a function of ours that called the stream's own."""
    for _ in range(_NEAR):
        if frame is None:
            return False
        if frame.f_code.co_name in _TEXT and frame.f_globals is globals():
            return True
        frame = frame.f_back
    return False


def _recorder_of(stream: Any) -> RecordedStream | None:
    """Who has made the function by which a stream is written to; None where it is its own."""
    write = getattr(stream, "__dict__", {}).get("write")
    found = getattr(write, "__dict__", {}).get(_MARK)  # copied by whoever makes a function that wraps ours
    return found if isinstance(found, RecordedStream) and found.has_made(write) else None
