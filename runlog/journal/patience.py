"""How long a reader waits for a record that stands before others and is not there yet."""

from __future__ import annotations

from typing import Any

from runlog.journal import real_time

HOLE_PATIENCE = 5.0
"""Seconds: a thread that was interrupted in the middle of a store has long gone on by then."""
_LOOK = 4096
_ZEROS = bytes(_LOOK)


class Patience:
    """Remembers since when the holes in live writers' streams are known, and how long may still be waited for them."""

    def __init__(self, seconds: float | None = None) -> None:
        """Nothing was waited for yet.

        Args:
            seconds: that :meth:`may_wait` allows in all; None: as long as one hole is waited for.
        """
        self._left = HOLE_PATIENCE if seconds is None else seconds
        self._seen: dict[str, tuple[float, int]] = {}
        """For each segment: since when it is known, and how far it was written to then."""

    def is_over(self, where: str, offset: int, written: int) -> bool:
        """Whether a hole was known for so long that it is passed over, and counted.

        All holes of a segment that stood before its end when the first of them was seen are as old as that one: so a
        segment is waited for once, however many it has.

        Args:
            where: the segment.
            offset: of the hole, in bytes.
            written: how far the segment is written to now, in bytes.
        """
        now = real_time.monotonic()
        since, known = self._seen.get(where, (now, -1))
        if offset >= known:
            since = now
            self._seen[where] = now, written
        return now - since >= HOLE_PATIENCE

    def may_wait(self, seconds: float = 0.0) -> bool:
        """Whether a reader that stands still for a hole may go on doing so.

        Args:
            seconds: that it stood still since the last call.
        """
        self._left -= seconds
        return self._left > 0


def written_end(data: Any) -> int:
    """Where the zeros begin that some bytes end with."""
    end = len(data)
    while end >= _LOOK and data[end - _LOOK : end] == _ZEROS:
        end -= _LOOK
    begin = max(0, end - _LOOK)
    return begin + len(bytes(data[begin:end]).rstrip(b"\0"))
