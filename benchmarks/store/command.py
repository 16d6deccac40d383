"""``python -m benchmarks store``: each part in its own module."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.machine import describe
from benchmarks.report import say

from .runs import runs_part
from .search import search_part
from .series import series_part

PARTS: dict[str, Callable[[float], None]] = {"series": series_part, "runs": runs_part, "search": search_part}
"""What measures a share of each part's whole size, and prints a table."""


def store_command(parts: Sequence[str], share: float) -> None:
    """Measure the parts, or all, and print."""
    say(f"on {describe()}")
    for part in parts or PARTS:
        PARTS[part](share)
