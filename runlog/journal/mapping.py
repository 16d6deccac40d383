"""A file mapped into memory, in a program that may close every descriptor.

A mapping outlives its descriptor. But before Python 3.13 an ``mmap`` keeps one of its own, which nobody can ask for,
and closes its number when it goes: another file's by then, where the program has closed it and opened that one.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys

from runlog.journal.held_descriptor import BorrowedDescriptor, identity

_STDERR = 2
_KEEPS_ONE = sys.version_info < (3, 13)
_parked: list[mmap.mmap] = []


class Mapping:
    """A file that is mapped as a whole, shared and writable."""

    def __init__(self, fd: int, size: int) -> None:
        """Map it.

        Args:
            fd: of the file; it may be closed afterwards.
            size: of the file in bytes.

        Raises:
            OSError: there is no room for it, or no descriptor.
        """
        self._file = identity(fd)
        in_the_way: list[int] = []
        try:
            expected = _next_number(fd, in_the_way) if _KEEPS_ONE else -1
            self.view = _mapped(fd, size)
            self._number = self._found(fd, expected, in_the_way) if _KEEPS_ONE else -1
        finally:
            for number in in_the_way:
                os.close(number)

    @property
    def descriptor(self) -> BorrowedDescriptor | None:
        """The one that the mapping keeps of the file; None where it keeps none, or it can't be told."""
        return BorrowedDescriptor(self._number) if self._number >= 0 else None

    def _found(self, fd: int, expected: int, others: list[int]) -> int:
        if identity(expected) == self._file:
            return expected
        try:  # another thread was quicker
            numbers = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
        except OSError:  # no Linux
            return -1
        return next((one for one in numbers if one not in {fd, *others} and identity(one) == self._file), -1)

    def let_go(self, view: mmap.mmap) -> None:
        """Have the mapping end once nobody uses it, and no other file with it."""
        if self._number >= 0 and identity(self._number) not in {self._file, None}:
            _park(view)


def _next_number(fd: int, in_the_way: list[int]) -> int:
    """The number that the next descriptor gets.

    Not that of a standard stream which the program has closed: C code that writes to it would write into the file.
    """
    while True:
        number = os.dup(fd)
        if number > _STDERR:
            os.close(number)
            return number
        in_the_way.append(number)


def _mapped(fd: int, size: int) -> mmap.mmap:
    try:
        if sys.version_info >= (3, 13):
            return mmap.mmap(fd, size, trackfd=False)
        return mmap.mmap(fd, size)
    except ValueError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:  # a signal handler's
            raise
        raise OSError(errno.ENOMEM, f"it can't be mapped: {error}") from error


def _park(view: mmap.mmap) -> None:
    """Keep a mapping for ever, also when the interpreter takes its modules apart."""
    _parked.append(view)
    try:
        import ctypes
    except ImportError:
        return
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(view))
