"""How long a reader waits for a record that stands before others and is not there yet."""

from __future__ import annotations

from runlog.journal import real_time

HOLE_PATIENCE = 5.0
"""Seconds: a thread that was interrupted in the middle of a store has long gone on by then."""


class Patience:
    """Remembers since when each hole in a live writer's streams is known."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], float] = {}

    def is_over(self, where: str, offset: int) -> bool:
        """Whether a hole was known for so long that it is passed over, and counted.

        Args:
            where: the segment.
            offset: of the hole, in bytes.
        """
        now = real_time.monotonic()
        return now - self._since.setdefault((where, offset), now) >= HOLE_PATIENCE
