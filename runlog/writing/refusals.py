"""What the surroundings refuse a call that logs (memory, descriptors, room on the disk): counted, and never raised."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from runlog.errors import RunLogError

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

_REFUSED = frozenset(
    getattr(errno, name)
    for name in ("EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EDQUOT", "EIO", "EROFS", "ESTALE", "EAGAIN", "ENOBUFS")
    if hasattr(errno, name)
)


def refusal(error: BaseException) -> OSError | None:
    """The fault of the surroundings that an error is, or tells of; None where it is another one.

    What a wrong argument meets (a file that is not there, or not to be read) is none.
    """
    told = error.__cause__ if isinstance(error, RunLogError) else error
    if isinstance(told, MemoryError):
        return OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    if isinstance(told, ImportError) and getattr(sys, "meta_path", None) is None:
        return OSError(errno.ESHUTDOWN, "the interpreter has ended but for what finalizers call")
    return told if isinstance(told, OSError) and told.errno in _REFUSED else None


def is_lost(recorder: RunRecorder, error: Exception, *, points: int = 0, events: int = 0) -> bool:
    """Count what the surroundings did not let through; false where the error is another one, which is to be raised."""
    refused = refusal(error)
    if refused is not None:
        recorder.lose(refused, points=points, events=events)
    return refused is not None
