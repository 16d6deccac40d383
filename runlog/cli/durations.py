"""Durations on the command line."""

from __future__ import annotations

from typing import Any

import click

from runlog.watching.condition import parse_duration


class DurationType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A duration such as ``90s`` or ``1d``, as seconds.

    Args:
        zero: whether there may be none at all, ``0``.
    """

    name = "duration"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; wrong use where it is none."""
        if self._zero and str(value).strip() in {"0", "0s", "0.0"}:
            return 0.0
        seconds = value if isinstance(value, float) else parse_duration(value)
        if seconds is None:
            self.fail(f"{value!r} is no duration: give 90s, 10m, 2h or 1d", param, ctx)
        return seconds
