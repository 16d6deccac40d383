"""Which log records are wanted, decided from few fields of a record, so that the others need no decoding."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runlog.exception_info import exception_lines
from runlog.reading.log_head import Head
from runlog.reading.needle import needle

JOINTS = (": ",)
"""What stands between the parts of a searched text that a record keeps apart: an exception's type and its message."""


@dataclass(frozen=True)
class LogFilter:
    """What the wanted records have in common.

    Args:
        level: the lowest level.
        logger: the logger, or one above it.
        grep: found in the message, or in the line ``Type: message`` or a note of an exception.
        after: the earliest time, UTC ns.
        before: the latest time, UTC ns.
    """

    level: int = 0
    logger: str = ""
    grep: re.Pattern[str] | None = None
    after: int | None = None
    before: int | None = None

    @property
    def needle(self) -> bytes | None:
        """Bytes that the payload of every wanted record has; None where that can't be told."""
        if self.grep is None or self.grep.flags & re.IGNORECASE:
            return None
        return needle(self.grep.pattern, JOINTS)

    @property
    def takes_all(self) -> bool:
        """Whether every record is wanted."""
        return self == LogFilter()

    def takes(self, head: Head) -> bool:
        """Whether a record is wanted."""
        origin = head.origin
        if origin.levelno < self.level:
            return False
        if self.logger and origin.logger != self.logger and not origin.logger.startswith(self.logger + "."):
            return False
        if (self.after is not None and head.time < self.after) or (self.before is not None and head.time > self.before):
            return False
        if self.grep is None or self.grep.search(origin.template or "" if head.message is None else head.message):
            return True
        return bool(origin.exception) and any(map(self.grep.search, exception_lines(origin.exception)))
