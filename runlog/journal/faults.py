"""Telling the disk's faults from what others raise."""

from __future__ import annotations


def reraise_foreign(error: OSError) -> None:
    """Raise an error again that no system call raised.

    Signal handlers raise in the middle of whatever runs, often a ``TimeoutError``, which is an ``OSError`` too: that is
    for the caller, and says nothing of the disk.
    """
    if error.errno is None:
        raise error
