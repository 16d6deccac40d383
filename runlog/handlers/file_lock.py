"""A lock on an open file that other processes respect too, on every system that has one."""

from __future__ import annotations

import errno
import os
from typing import Any

fcntl: Any
msvcrt: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
try:
    import msvcrt
except ImportError:
    msvcrt = None

_FAR_BEYOND_ANY_LOG = 1 << 40
"""Windows locks a range of bytes and keeps others from reading it, so the range is where no bytes are."""

_HELD_BY_ANOTHER = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}


def try_lock(descriptor: int) -> bool:
    """Take the lock if nobody holds it.

    A file system or platform without locks answers True: writing goes on as it would in a single process.
    """
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt is not None:
            _lock_range(descriptor, msvcrt.LK_NBLCK)
    except OSError as error:
        return error.errno not in _HELD_BY_ANOTHER
    return True


def unlock(descriptor: int) -> None:
    """Give the lock back."""
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        elif msvcrt is not None:
            _lock_range(descriptor, msvcrt.LK_UNLCK)
    except OSError:  # a file system without locks: there was none to give back
        return


def _lock_range(descriptor: int, mode: int) -> None:
    os.lseek(descriptor, _FAR_BEYOND_ANY_LOG, os.SEEK_SET)
    msvcrt.locking(descriptor, mode, 1)
