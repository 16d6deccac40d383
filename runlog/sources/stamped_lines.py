"""Lines with the engine's time before each, and how to go on after a break without losing or doubling one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from datetime import datetime, timezone

from runlog.capturing.lines import LineBuffer

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ")
_BACK = 0.001
"""Seconds before the last line from which the engine is asked to go on: its answer is compared line by line anyway."""

Take = Callable[[str, int], None]
"""Gets a line and its time, in nanoseconds since 1970."""


class StampedLines:
    """The lines of one stream of a container, each once.

    The engine stamps what the container writes, in pieces of at most 16 KiB of a line. After a break it is asked for
    all since shortly before the last whole line. What is older than that line was there before; of the pieces with the
    very same stamp, as many as there were before. From the first new one on all is new, whatever the clock does.

    Args:
        take: gets each line.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._last = 0
        self._count = 0
        self._skipped = 0
        self._catching_up = False
        self._line: list[bytes] = []
        self._pieces: list[int] = []
        self._lines = LineBuffer(lambda text, _redrawn: self._take(text, self._lines.tag))

    @property
    def since(self) -> float | None:
        """The time to go on from, in seconds since 1970; None for the beginning."""
        return self._last / 1e9 - _BACK if self._last else None

    @property
    def is_whole(self) -> bool:
        """Whether no line is begun."""
        return not self._pieces

    def begin(self) -> None:
        """A new answer of the engine begins: a line that was not whole comes again."""
        self._line.clear()
        self._pieces.clear()
        self._skipped = 0
        self._catching_up = True

    def feed(self, piece: bytes) -> None:
        """Take one piece, with its stamp."""
        match = _STAMP.match(piece)
        stamp = self._pieces[-1] if self._pieces else self._last
        if match is not None:
            stamp, piece = _nanoseconds(match), piece[match.end() :]
        if self._catching_up and self._was_there(stamp):
            return
        self._catching_up = False
        self._line.append(piece)
        self._pieces.append(stamp)
        if piece.endswith(b"\n"):
            self._end_line()

    def flush(self) -> None:
        """Hand over what is there."""
        self._end_line()
        self._lines.flush()

    def _end_line(self) -> None:
        if not self._pieces:
            return
        line, stamps = b"".join(self._line), list(self._pieces)
        self._line.clear()
        self._pieces.clear()
        for stamp in stamps:
            self._count = self._count + 1 if stamp == self._last else 1
            self._last = stamp
        self._lines.feed(codecs.decode(line, "utf-8", "backslashreplace"), stamps[0])

    def _was_there(self, stamp: int) -> bool:
        self._skipped += stamp == self._last
        return stamp < self._last or (stamp == self._last and self._skipped <= self._count)


def _nanoseconds(match: re.Match[bytes]) -> int:
    date, fraction, zone = (part.decode() if part else "" for part in match.groups())
    moment = datetime.fromisoformat(date + ("+00:00" if zone == "Z" else zone)).astimezone(timezone.utc)
    return int(moment.timestamp()) * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
