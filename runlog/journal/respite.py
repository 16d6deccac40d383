"""A disk that fails slowly is left alone for a while, so that it does not slow the program down."""

from __future__ import annotations

from runlog.journal import real_time

SLOW = 0.001
"""Seconds that a failing call may take. A full ext4 or xfs refuses within microseconds, btrfs after milliseconds."""
IN_A_ROW = 20
"""Failures that must have been slow: some may be the scheduler's doing, or another program's on the same disk."""
SHARE = 20
"""How many times as long as the last failure took the disk is left alone: it costs a program 5 % at most."""
LONGEST = 1.0


class Respite:
    """When to try again."""

    def __init__(self) -> None:
        self._slow = 0
        self._until = 0.0

    def failed(self, seconds: float) -> None:
        """Note that a call failed, after so long."""
        self._slow = self._slow + 1 if seconds > SLOW else 0
        if self._slow >= IN_A_ROW:
            self._until = real_time.monotonic() + min(LONGEST, SHARE * seconds)

    @property
    def is_over(self) -> bool:
        """Whether the disk may be tried."""
        return not self._until or real_time.monotonic() >= self._until
