"""A log that nobody fills: what strangers can cause again and again is told once a minute."""

from __future__ import annotations

import logging

from runlog.journal import real_time

EVERY = 60.0
"""Seconds between two records of the same fault."""
KNOWN = 100
"""Faults that are told apart; of more, those of the longest ago are forgotten."""


class Seldom(logging.Filter):
    """Lets a logger's record through where none of its text was within a minute, and tells how many were not.

    For the loggers of the connections' libraries, whose texts are few.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, tuple[float, int]] = {}
        """By text: when it was told last, and how often it came since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See :meth:`logging.Filter.filter`."""
        text = _text(record)
        now = real_time.monotonic()
        last, more = self._told.pop(text, (-EVERY, 0))
        if now - last < EVERY:
            self._told[text] = (last, more + 1)
            return False
        self._told[text] = (now, 0)
        if len(self._told) > KNOWN:
            del self._told[next(iter(self._told))]
        if more:
            record.msg = f"{record.msg} (and {more} times more in the last while)"
        return True


def _text(record: logging.LogRecord) -> str:
    """What records of the same fault have in common."""
    kind = record.exc_info[0] if record.exc_info else None
    return f"{str(record.msg).partition(chr(10))[0]} {kind}"


def tell_seldom(*names: str) -> None:
    """Let these loggers tell each fault once a minute."""
    for name in names:
        logger = logging.getLogger(name)
        if not any(isinstance(one, Seldom) for one in logger.filters):
            logger.addFilter(Seldom())
