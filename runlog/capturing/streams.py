"""``sys.stdout`` and ``sys.stderr`` while what is printed there is recorded, and shown as before.

A stand-in takes the stream's place in ``sys`` and hands everything on to it. It claims the stream's own class and has
all its attributes, so that ``isatty``, ``encoding`` or a notebook's additions are what they were. Others may put
streams of theirs over it and take them off again. Where one of them is still there at the end, the stand-in stays
beneath it and does nothing but hand on.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from runlog.capturing.printed import PrintedLines

if TYPE_CHECKING:
    from runlog.capturing.descriptors import DescriptorCapture

_OWN = frozenset({"_original", "_lines", "_buffer", "_number", "__class__"})


class _Buffer:
    """The bytes below a stream: what is written there is a text, too."""

    def __init__(self, owner: CapturedStream) -> None:
        self._owner = owner
        encoding = getattr(owner._original, "encoding", None) or "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._owner._original.buffer, name)

    def write(self, data: Any) -> Any:
        """Write and record bytes."""
        written = self._owner._original.buffer.write(data)
        lines = self._owner._lines
        if lines is not None:
            lines.printed(self._decoder.decode(bytes(data)))
        return written

    def writelines(self, lines: Iterable[Any]) -> None:
        """Write and record each."""
        for line in lines:
            self.write(line)


class CapturedStream:
    """Stands in for a text stream: hands on what is written, then records it.

    Args:
        original: The stream.
        lines: What gets the texts; None once it is recorded no more.
    """

    def __init__(self, original: Any, lines: PrintedLines) -> None:
        self._original = original
        self._lines: PrintedLines | None = lines
        self._buffer: _Buffer | None = None
        self._number: int | None = None
        """The captured file descriptor that it stands for; the original writes past it meanwhile."""

    @property
    def __class__(self) -> Any:
        """That of the stream, for those who ask with ``isinstance``."""
        return type(self._original)

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of a captured stream can't be changed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._original, name, value)

    @property
    def buffer(self) -> Any:
        """The binary stream beneath; where there is none, the AttributeError of the original."""
        beneath = self._original.buffer
        if self._lines is None:
            return beneath
        if self._buffer is None:
            self._buffer = _Buffer(self)
        return self._buffer

    def fileno(self) -> int:
        """The stream's file descriptor, for those who write to it by themselves."""
        return int(self._original.fileno()) if self._number is None else self._number

    def write(self, text: str) -> Any:
        """Write and record a text; what the stream raises is raised."""
        written = self._original.write(text)
        lines = self._lines
        if lines is not None and isinstance(text, str):
            lines.printed(text)
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        """Write and record each."""
        for line in lines:
            self.write(line)

    def __iter__(self) -> Any:
        return iter(self._original)

    def __enter__(self) -> Any:
        self._original.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._original.__exit__(*error)

    def __repr__(self) -> str:
        return repr(self._original)


class StreamCapture:
    """One stream of ``sys``, captured while anybody wants it.

    Args:
        name: ``stdout`` or ``stderr``.
        level: Of the records.
    """

    def __init__(self, name: str, level: int) -> None:
        self._name = name
        self._level = level
        self._wanted = 0
        self._stand_in: CapturedStream | None = None
        self._descriptor: DescriptorCapture | None = None
        self._descriptor_wanted = 0
        self.lines: PrintedLines | None = None

    def begin(self) -> None:
        """Record what is printed from now on; each call is undone by one of :meth:`end`."""
        self._wanted += 1
        if self._wanted > 1:
            return
        self.lines = PrintedLines(f"runlog.{self._name}", self._level)
        stream = getattr(sys, self._name)
        if stream is None:  # pythonw and daemons have none
            return
        if type(stream) is CapturedStream:  # of an earlier time, when another stream lay over it at the end
            stream._lines = self.lines
            self._stand_in = stream
            return
        self._stand_in = CapturedStream(stream, self.lines)
        setattr(sys, self._name, self._stand_in)

    def end(self) -> None:
        """Undo one :meth:`begin`; with the last one the stream is put back, if the stand-in is still what is there."""
        self._wanted -= 1
        if self._wanted or self.lines is None:
            return
        stand_in, self._stand_in = self._stand_in, None
        if stand_in is not None:
            stand_in._lines = stand_in._buffer = stand_in._number = None
            if getattr(sys, self._name) is stand_in:
                setattr(sys, self._name, stand_in._original)
        self.lines.flush()
        self.lines = None

    def begin_descriptor(self) -> None:
        """Capture the file descriptor, too, while the stream is; each call is undone by one of :meth:`end_descriptor`.

        Raises:
            OSError: it can't be captured.
        """
        from runlog.capturing.descriptors import DescriptorCapture

        if self._descriptor is None and self.lines is not None:
            number = 1 if self._name == "stdout" else 2
            stands_for_it = self._stand_in is not None and _fileno_of(self._stand_in) == number
            self._descriptor = DescriptorCapture(number, self.lines)
            if self._stand_in is not None and stands_for_it:
                self._stand_in._number = number
        self._descriptor_wanted += 1

    def end_descriptor(self) -> None:
        """Undo one :meth:`begin_descriptor`; with the last one the descriptor leads where it led."""
        self._descriptor_wanted -= 1
        if self._descriptor_wanted == 0 and self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            if self._stand_in is not None:
                self._stand_in._number = None
            descriptor.end()


def _fileno_of(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):  # a notebook's, or closed
        return None
