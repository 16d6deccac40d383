"""Moments as the command line takes them."""

from __future__ import annotations

import click

from runlog.errors import WrongValueError
from runlog.reading.moments import nanoseconds_of_text


class Moment(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A moment given as an ISO 8601 time (local where it names no zone) or as how long ago: ``90s``, ``3d``."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """UTC nanoseconds since 1970."""
        if isinstance(value, int):
            return value
        try:
            return nanoseconds_of_text(value)
        except WrongValueError as error:
            self.fail(str(error), param, ctx)
