"""How long a query may be answered: others wait for the processor meanwhile."""

from __future__ import annotations

from runlog.errors import QueryError
from runlog.journal import real_time

SECONDS = 20.0
"""A workspace of 100,000 runs is searched in a fraction of it."""


class Deadline:
    """When the answering of one query is to be given up."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """Begin now.

        Args:
            seconds: from now on.
        """
        self._seconds = seconds
        self._at = real_time.monotonic() + seconds

    def check(self) -> None:
        """Go on, or give up.

        Raises:
            QueryError: it takes too long.
        """
        if real_time.monotonic() > self._at:
            raise QueryError(
                f"the query is not answered after {self._seconds:g} s, and given up: ask for less in it, such as fewer "
                "`like` with `_`, shorter lists behind `in`, fewer fields behind `order by`"
            )
