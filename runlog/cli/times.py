"""Times on the command line: local for people, RFC 3339 in UTC for programs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime

import click

from runlog.reading.texts import SECOND

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


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


class Moment(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A moment given as an ISO 8601 time (local where it names no zone) or as how long ago: ``90s``, ``3d``."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """UTC nanoseconds since 1970."""
        if isinstance(value, int):
            return value
        if match := _AGO.fullmatch(value):
            return time.time_ns() - int(float(match[1]) * _UNITS[match[2]] * SECOND)
        try:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00") if value.endswith("Z") else value)
        except ValueError:
            self.fail(
                f"{value!r} is no time: give 2026-01-31T13:05, 2026-01-31T12:05:00Z, or how long ago: 10m, 2h, 3d"
            )
        return int(moment.timestamp() * 1_000_000) * 1000
