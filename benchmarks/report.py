"""Tables of the results, as plain text that survives a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

# Wide enough for every table: a figure cut off is no figure.
_console = Console(width=max(220, shutil.get_terminal_size().columns), highlight=False)


TEXT = ("", "how", "beside")
"""Headings of columns that hold words, not figures."""


def say(text: str) -> None:
    """Print one line of the report."""
    _console.print(text, markup=False, soft_wrap=True)


def progress(text: str) -> None:
    """Tell a person what is going on, apart from the report."""
    print(text, file=sys.stderr, flush=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> None:
    """Print a table: words to the left, figures to the right."""
    grid = Table(title=title, caption=note or None, box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left")
    for number, column in enumerate(columns):
        grid.add_column(column, justify="left" if number == 0 or column in TEXT else "right", no_wrap=True)
    for row in rows:
        grid.add_row(*row)
    _console.print(grid)


def micros(nanoseconds: float | None) -> str:
    """A time in microseconds with the digits it deserves; ``-`` where there is none."""
    if nanoseconds is None:
        return "-"
    value = nanoseconds / 1000
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"
