"""What to do where the place of a run does not take what is logged."""

from __future__ import annotations

import errno

from runlog.journal.folder import REMOVED

_ELSEWHERE = "start runs elsewhere with RUNLOG_URI"
_FULL = f"Free some space, or {_ELSEWHERE}."
_NOT_ALLOWED = f"Give this user the right to write there, or {_ELSEWHERE}."
_TOO_MANY = "Close files that are not needed, or raise the limit of open files (ulimit -n)."
_OTHER = f"Mend that, or {_ELSEWHERE}."
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: _NOT_ALLOWED,
    errno.ENOENT: f"Leave a run's folder where it is until the run has ended, or {_ELSEWHERE}.",
    errno.EMFILE: _TOO_MANY,
    errno.ENFILE: _TOO_MANY,
    errno.ENOMEM: "Give the process more memory, or log less at once.",
    errno.EFBIG: "Raise the limit of a file's size (ulimit -f).",
}


def remedy_for(error: OSError | None) -> str:
    """One sentence on what helps against a fault of the disk."""
    if error is not None and error.strerror == REMOVED:
        return "It is not made anew: start another run."
    return _REMEDIES.get((error and error.errno) or 0, _OTHER)
