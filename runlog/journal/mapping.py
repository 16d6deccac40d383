"""A file mapped into memory, in a program that may close every descriptor.

A mapping outlives its descriptor. But before Python 3.13 an ``mmap`` keeps one of its own, which nobody can ask for,
and closes its number when it goes: another file's by then, where the program has closed it and opened that one.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys

from runlog.journal.held_descriptor import identity

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
        self._identity = identity(fd)
        expected = self._next_number(fd)
        self.view = _mapped(fd, size)
        self._own = self._found(fd, expected)

    def _next_number(self, fd: int) -> int:
        """The number that the next descriptor gets, unless another thread is quicker."""
        if not _KEEPS_ONE:
            return -1
        number = os.dup(fd)
        os.close(number)
        return number

    def _found(self, fd: int, expected: int) -> int:
        """The mapping's own descriptor; -1 where there is none."""
        if not _KEEPS_ONE or identity(expected) == self._identity:
            return expected
        try:
            numbers = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
        except OSError:  # no Linux
            return -1
        return next((one for one in numbers if one != fd and identity(one) == self._identity), -1)

    def let_go(self, view: mmap.mmap) -> None:
        """Have the mapping end once nobody uses it, and no other file with it."""
        if self._own >= 0 and identity(self._own) not in {self._identity, None}:
            _park(view)


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
