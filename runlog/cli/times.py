"""Moments as the command line takes them."""

from __future__ import annotations

import re
import time
from datetime import datetime

import click

from runlog.reading.texts import SECOND

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


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
