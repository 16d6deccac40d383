"""A file descriptor that is held for long, in a program that may close it and have its number given to another file.

A program that becomes a daemon closes every descriptor it can think of, and the files that it opens then get the
numbers. So a held one has a number that nobody else comes to soon, and is looked at before it is used.
"""

from __future__ import annotations

import contextlib
import errno
import os

_LOWEST = 768
"""New files get the lowest number that is free."""


class HeldDescriptor:
    """A descriptor that is held until :meth:`close`.

    Args:
        number: Of an open descriptor, which becomes this one's: it is moved to another number.
    """

    def __init__(self, number: int) -> None:
        self.number = _moved(number)
        self._identity = identity(self.number)

    @property
    def is_held(self) -> bool:
        """Whether the number still leads to what it led to."""
        return self._leads_there()

    def tag(self) -> None:
        """After a write at the file's end: there is nothing to do, unless the offset bears a mark."""

    def own(self) -> int:
        """The number, for a call that must reach nothing else.

        Raises:
            OSError: it is not held any more.
        """
        if not self.is_held:
            raise OSError(errno.EBADF, "the program has closed this descriptor")
        return self.number

    def close(self) -> None:
        """Close it, if it is still held. A second call does nothing."""
        own, self._identity = self._identity, None  # first: another thread may close it at the same moment
        if own is not None and identity(self.number) == own:
            os.close(self.number)

    def _leads_there(self) -> bool:
        return self._identity is not None and identity(self.number) == self._identity


class BorrowedDescriptor(HeldDescriptor):
    """One that somebody else closes."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._identity = identity(number)

    def close(self) -> None:
        """Use it no more."""
        self._identity = None


class TaggedDescriptor(HeldDescriptor):
    """One whose offset nobody needs, as the file is written at places or at its end: the offset bears a mark.

    To ask for the offset takes a tenth of the time of a look at the file, so it can be asked for before each write.
    """

    def __init__(self, number: int) -> None:
        self._mark = 1 << 30 | int.from_bytes(os.urandom(4), "big") >> 2
        super().__init__(number)
        self.tag()

    def tag(self) -> None:
        """Set the mark, which a write at the file's end has moved."""
        if _OFFSET_IS_FREE:
            os.lseek(self.number, self._mark, os.SEEK_SET)

    @property
    def is_held(self) -> bool:
        """Whether the number still leads to what it led to."""
        if self._identity is None or not _OFFSET_IS_FREE:
            return self._leads_there()
        try:
            return os.lseek(self.number, 0, os.SEEK_CUR) == self._mark
        except OSError:  # closed, or no file
            return False


_OFFSET_IS_FREE = hasattr(os, "pwrite")
"""Elsewhere (Windows) a write at a place sets the offset."""


def identity(number: int) -> tuple[int, int] | None:
    """What a descriptor leads to; None where it is closed."""
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _moved(number: int) -> int:
    """Another number for a descriptor, out of the way of files to come; the same where there is none."""
    try:
        import fcntl
        import resource
    except ImportError:  # Windows
        return number
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    lowest = _LOWEST if limit < 0 else min(_LOWEST, limit * 3 // 4)
    with contextlib.suppress(OSError):  # the limit was lowered, and numbers above it are taken
        moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, lowest)
        os.close(number)
        return moved
    return number
