"""When something that failed is tried again."""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime

from runlog.journal import real_time

FIRST = 0.5
"""Seconds after the first failure."""
LONGEST = 60.0
"""Seconds between two tries at the most, where the server asks for no more."""
LONGEST_RETRY_AFTER = 3600.0


class Backoff:
    """Pauses that double with each failure, up to a limit, and differ by chance: not all clients come at once."""

    def __init__(self) -> None:
        """Nothing has failed so far."""
        self.failures = 0
        """Failures since the last success."""

    def succeeded(self) -> None:
        """Begin anew with the next failure."""
        self.failures = 0

    def failed(self, retry_after: float = 0.0) -> float:
        """Seconds to wait now.

        Args:
            retry_after: seconds that the server asked for; 0 where it did not.
        """
        pause = min(FIRST * 2.0 ** min(self.failures, 30), LONGEST)
        self.failures += 1
        if retry_after > 0:  # not before, and a little later each
            return min(retry_after, LONGEST_RETRY_AFTER) + random.uniform(0, min(pause, 1.0))
        return pause * random.uniform(0.5, 1.0)


def seconds_of(retry_after: str, date: str = "") -> float:
    """Seconds that a ``Retry-After`` header asks for, at most an hour; 0 where it says nothing that can be read.

    Args:
        retry_after: the header: seconds or a moment.
        date: the answer's ``Date``, by whose clock a moment is meant: the clock here may be wrong.
    """
    if retry_after.strip().isdecimal():
        wanted = float(retry_after)
    else:
        try:
            now = _moment(date) if date else real_time.wall()
            wanted = _moment(retry_after) - now
        except (TypeError, ValueError):
            wanted = 0.0
    return min(max(0.0, wanted), LONGEST_RETRY_AFTER)


def _moment(header: str) -> float:
    return parsedate_to_datetime(header).timestamp()
