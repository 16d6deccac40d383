"""The variables that a stream's closures in the caller's thread share with its slow path.

No method here calls anything: CPython checks for signals and thread switches after
calls and on backward jumps only, so each of them is one step to every other thread and to signal handlers.
"""

from __future__ import annotations

from typing import Any

CLOSED = -1
"""A limit below every offset: every call takes the slow path."""


class Cells:
    """Where a stream's next record goes."""

    __slots__ = ("anchor", "highest", "offset", "view")

    def __init__(self) -> None:
        self.view: Any = None
        """The mapping of the current segment; None where there is none or it is not mapped."""
        self.offset = 0
        """The place of the next record in the segment."""
        self.highest = CLOSED
        """The offset beyond which a call takes the slow path."""
        self.anchor = 0
        """What to add to the monotonic clock."""

    def close(self) -> int:
        """Send every call to the slow path; returns the offset that was reached."""
        reached = self.offset
        self.view, self.offset, self.highest = None, 0, CLOSED
        return reached

    def put(self, place: int, end: int, data: bytes, at: int, mark: bytes) -> bool:
        """Take the bytes from ``place`` to ``end`` and store ``data`` there, then the 4 bytes ``mark`` at ``at``.

        False: ``place`` is no longer the next one.
        """
        if self.offset == place:  # in this order: where a jump is taken, Python 3.10 lets others run
            self.offset = end
            view = self.view  # once: a finalizer that logs may go on to the next segment between the two stores
            view[place:end] = data
            view[at : at + 4] = mark
            return True
        return False

    def take(self, place: int, end: int) -> bool:
        """Take the bytes from ``place`` to ``end``. False: ``place`` is no longer the next one."""
        if self.offset == place:
            self.offset = end
            return True
        return False

    def give_back(self, place: int, end: int) -> bool:
        """Undo that, if nothing was taken after it."""
        if self.offset == end:
            self.offset = place
            return True
        return False
