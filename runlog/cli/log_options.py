"""What several commands that print log records take: ``--raw``, levels and regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from runlog.errors import RunLogError
from runlog.levels import typed_level

F = TypeVar("F", bound=Callable[..., Any])


def raw_option(function: F) -> F:
    """``--raw``: the way back to what was logged, byte for byte."""
    told = "Print texts as they are, also what acts on a terminal or looks like another record."
    return click.option("--raw", is_flag=True, help=told)(function)


class Count(click.IntRange):
    """How many of something, of which there is always less than a thousand million."""

    def __init__(self, *, least: int = 1) -> None:
        super().__init__(min=least, max=1_000_000_000)


class Level(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A logging level by name or number."""

    name = "level"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The level's number."""
        try:
            return typed_level(value) if isinstance(value, str) else value
        except RunLogError as error:
            self.fail(str(error), param, ctx)


class Pattern(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A regular expression as Python's ``re`` reads it."""

    name = "regex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> re.Pattern[str]:
        """The compiled expression."""
        try:
            return re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            self.fail(f"{value!r} is no regular expression: {error}", param, ctx)
