"""Numbers, sizes, times and durations as people read them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runlog.journal import clock

if TYPE_CHECKING:
    from runlog.state import RunState

SECOND = 1_000_000_000
"""In nanoseconds."""


def number_text(value: Any) -> str:
    """A value as a table shows it: floats to six digits; ``-`` for None."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "-" if value is None else str(value)


def size_text(size: int) -> str:
    """Bytes as people say it: ``512 B``, ``3.4 KB`` (1,000 bytes)."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("KB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def local_time(time_ns: int | None) -> str:
    """A time (UTC ns) in local time, to the second; ``-`` where there is none."""
    return "-" if time_ns is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ns // SECOND))


def local_clock() -> Callable[[int], str]:
    """A function that writes a time (UTC ns) as ``2026-01-31 13:05:09.250`` in local time.

    It remembers the last second: records come by the million, and mostly many a second.
    """
    last, text = -1, ""

    def format_time(time_ns: int) -> str:
        nonlocal last, text
        second, rest = divmod(time_ns, SECOND)
        if second != last:
            last, text = second, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        return f"{text}.{rest // 1_000_000:03d}"

    return format_time


def utc_text(time_ns: int) -> str:
    """A time (UTC ns) as RFC 3339 with nine digits and ``Z``."""
    second, rest = divmod(time_ns, SECOND)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(second))}.{rest:09d}Z"


def duration(state: RunState) -> int | None:
    """Nanoseconds from a run's start to its end, or to now while its owner lives."""
    if state.created is None:
        return None
    end = state.ended or (clock.now() if state.owner_alive else None)
    return None if end is None else end - state.created


def duration_text(nanoseconds: int | None) -> str:
    """A duration as people say it: ``350ms``, ``12.3s``, ``4m 05s``, ``3h 07m``; ``-`` where there is none."""
    if nanoseconds is None:
        return "-"
    seconds = max(0, nanoseconds) / SECOND
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60:
        return f"{seconds:.1f}s"
    for unit, name, below, below_name in ((86_400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= unit:
            return f"{int(seconds // unit)}{name} {int(seconds % unit // below):02d}{below_name}"
    raise AssertionError(seconds)
