"""At most so many records of a kind in a time."""

from __future__ import annotations

import logging
from collections.abc import Hashable

from runlog.errors import WrongValueError
from runlog.handlers.held_back import MOST_KEYS, TELL_EVERY, HoldingFilter, positive

PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


class RateLimitFilter(HoldingFilter):
    """Lets so many records of a kind pass in a time, and tells how many it held back.

    A kind is a logger, a level and a template: ``log.info("batch %d", i)`` is one kind, whatever ``i``. Records whose
    text is put together before the call (f-strings) are one kind for each place in the source that logs them. A record
    ``held back 132 records like this in 10 s: batch %d`` tells of what is missing, at WARNING or the level of what was
    held back, whichever is higher; also at the end of the run and of the process. Counted by the monotonic clock.

    Attach it to the handler whose output should be less; what tells of the gap goes to that handler.

    Args:
        rate: how many records of a kind pass in a period.
        per: ``"second"``, ``"minute"``, ``"hour"``, or a number of seconds.
        burst: how many may pass at once after a quiet time; ``rate``, and at least 1, if None.
        tell_every: seconds from the first record that is held back to the record that tells of it.

    Raises:
        WrongTypeError: one of the numbers is none.
        WrongValueError: a number is not above 0, or there is no such period.
    """

    def __init__(
        self,
        rate: float = 10,
        per: str | float = "second",
        burst: float | None = None,
        tell_every: float = TELL_EVERY,
    ) -> None:
        super().__init__(tell_every)
        if isinstance(per, str) and per not in PERIODS:
            raise WrongValueError(f"per={per!r} is none of {', '.join(map(repr, PERIODS))}, nor a number of seconds")
        period = PERIODS[per] if isinstance(per, str) else positive("per", per)
        self._a_second = positive("rate", rate) / period
        self._burst = max(1.0, float(rate) if burst is None else positive("burst", burst))
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        """Of each kind, how many may pass, and when that was so."""

    def _decide(self, record: logging.LogRecord, now: float) -> tuple[bool, list[logging.LogRecord]]:
        key = kind_of(record)
        with self._guard:
            left, at = self._buckets.get(key, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._a_second)
            passes = left >= 1.0
            self._buckets[key] = (left - 1.0 if passes else left, now)
            if len(self._buckets) > MOST_KEYS:
                self._forget_full(now)
            if not passes:
                self._hold(key, record, now)
                return False, []
            held = self._held.get(key)
            due = held is not None and now - held.since >= self._tell_every
            return True, self._take([key], now) if due else []

    def _forget_full(self, now: float) -> None:
        """Forget kinds that may pass as if they were new; where there are none, the half that is oldest."""
        full = [key for key, (left, at) in self._buckets.items() if left + (now - at) * self._a_second >= self._burst]
        for key in full or list(self._buckets)[: MOST_KEYS // 2]:
            del self._buckets[key]


def kind_of(record: logging.LogRecord) -> Hashable:
    """What records of one kind have in common."""
    if record.args and isinstance(record.msg, str):
        return record.name, record.levelno, record.msg
    return record.name, record.levelno, record.pathname, record.lineno
