"""Tables and short texts for people."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from runlog.control_characters import in_one_line
from runlog.handlers.colours import wants_colours

GAP = "  "


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), spare: Sequence[str] = ()
) -> None:
    """Print a plain table: on a terminal in its width and in colour, elsewhere in lines as long as they are.

    Args:
        headings: of the columns. In these and in cells, what a terminal would obey is written out.
        rows: the cells' text.
        right: headings of columns that are aligned to the right.
        spare: headings of columns that a terminal too narrow for all goes without, the first of them first.
    """
    headings = list(map(in_one_line, headings))
    cells = [[in_one_line(cell) for cell in row] for row in rows]
    if wants_colours(sys.stdout) or sys.stdout.isatty():
        kept = _fitting(headings, cells, spare, shutil.get_terminal_size().columns)
        _print_rich([headings[at] for at in kept], [[row[at] for at in kept] for row in cells], right)
        return
    whole = [list(headings), *cells]
    widths = _widths(headings, cells)
    for row in whole:
        padded = (
            cell.rjust(width) if heading in right else cell.ljust(width)
            for heading, cell, width in zip(headings, row, widths, strict=True)
        )
        sys.stdout.write(GAP.join(padded).rstrip() + "\n")


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(headings, *rows, strict=True)]


def _fitting(
    headings: Sequence[str], rows: Sequence[Sequence[str]], spare: Sequence[str], available: int
) -> Sequence[int]:
    """Places of the columns that are shown where so many characters are available in a line."""
    widths = _widths(headings, rows)
    kept = list(range(len(headings)))
    for heading in spare:
        if sum(widths[at] + len(GAP) for at in kept) - len(GAP) <= available:
            break
        kept.remove(headings.index(heading))
    return kept


def _print_rich(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        align: Literal["right", "left"] = "right" if heading in right else "left"
        table.add_column(Text(heading), justify=align, overflow="fold", no_wrap=heading == "id", min_width=len(heading))
    for row in rows:
        table.add_row(*(Text(cell, style=status_style(cell)) for cell in row))
    colour = wants_colours(sys.stdout)
    Console(no_color=not colour, force_terminal=colour or None, highlight=False).print(table)


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
