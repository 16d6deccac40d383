"""A record that says what another has just said."""

from __future__ import annotations

import logging
from collections.abc import Hashable

from runlog.handlers.held_back import MOST_KEYS, TELL_EVERY, HoldingFilter, positive


class DuplicateFilter(HoldingFilter):
    """Holds back a record that says the same as one before it, and tells how many it held back.

    Two records say the same where logger, level and message are equal. Without ``within`` only records that follow
    each other count: the first of a row passes, and when another record comes, ``held back 132 records like this in
    10 s: ...`` comes before it. With ``within``, a record passes once in so many seconds, whatever comes between.
    What tells of the gap is at WARNING or the level of what was held back, whichever is higher, comes at the latest
    after ``tell_every`` seconds, and at the end of the run and of the process. Counted by the monotonic clock.

    Attach it to the handler whose output should be less; what tells of the gap goes to that handler.

    Args:
        within: seconds in which a message passes once; only rows of equal records count if None.
        tell_every: seconds from the first record that is held back to the record that tells of it.

    Raises:
        WrongTypeError: one of them is no number.
        WrongValueError: one of them is not above 0.
    """

    def __init__(self, within: float | None = None, tell_every: float = TELL_EVERY) -> None:
        super().__init__(tell_every)
        self._within = None if within is None else positive("within", within)
        self._passed: dict[Hashable, float] = {}
        """When what passed did so, the oldest first; without ``within``, only the newest."""

    def _decide(self, record: logging.LogRecord, now: float) -> tuple[bool, list[logging.LogRecord]]:
        key = (record.name, record.levelno, record.getMessage())
        with self._guard:
            passed = self._passed.get(key)
            if passed is not None and (self._within is None or now - passed < self._within):
                self._hold(key, record, now)
                return False, []
            if self._within is None:
                self._passed = {key: now}
                return True, self._take(self._held, now)
            self._passed.pop(key, None)
            self._passed[key] = now
            self._forget_old(now, self._within)
            return True, self._take([key], now)

    def _forget_old(self, now: float, within: float) -> None:
        while self._passed:
            oldest = next(iter(self._passed))
            if now - self._passed[oldest] < within and len(self._passed) <= MOST_KEYS:
                return
            del self._passed[oldest]
