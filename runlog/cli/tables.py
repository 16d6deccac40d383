"""Tables and short texts for people."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from runlog.handlers.colours import wants_colours

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 10_000


def console() -> Console:
    """A rich console on stdout. Into a pipe it writes lines as long as they are, so that nothing is cut."""
    from rich.console import Console

    colour = wants_colours(sys.stdout)
    return Console(
        no_color=not colour,
        force_terminal=colour or None,
        width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE,
        highlight=False,
        emoji=False,
        markup=False,
        soft_wrap=not sys.stdout.isatty(),
    )


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a plain table.

    Args:
        headings: of the columns.
        rows: the cells' text, control characters shown escaped.
        right: headings of columns that are aligned to the right.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(
            heading, justify="right" if heading in right else "left", overflow="fold", no_wrap=heading == "id"
        )
    for row in rows:
        table.add_row(*(Text(printable(cell), style=status_style(cell)) for cell in row))
    console().print(table)


def status_style(text: str) -> str:
    """The rich style of a run's status; of other text, none."""
    return {
        "Running": "cyan",
        "Completed": "green",
        "Failed": "red",
        "Crashed": "red",
        "Canceled": "yellow",
        "NotResponding": "yellow",
    }.get(text, "")


def printable(text: str) -> str:
    """Text in one line, without control characters that a terminal would obey."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def number_text(value: Any) -> str:
    """A value as a table shows it: floats to six digits."""
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
