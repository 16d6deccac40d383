"""Small charts of a metric for the terminal: by plotext where it is installed, else in one line."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from contextlib import redirect_stderr
from typing import Any

from runlog.reading.curves import Point, thinned

BARS = "▁▂▃▄▅▆▇█"
LINE_WIDTH = 60
HEIGHT = 15
_DOTS_A_CELL = 2
_LARGEST = 1e15
"""A number beyond which the ends of an axis around it are the same number."""
_NARROWEST = 1e-12
"""The least span of an axis, as a part of the numbers on it."""


def spark_line(points: Sequence[Point], width: int = LINE_WIDTH) -> str:
    """The course of a metric in one line: of each stretch its largest value, so that no peak is lost."""
    if not points:
        return ""
    numbers = [y for _, y in points]
    size = -(-len(numbers) // width)
    peaks = [max(numbers[start : start + size]) for start in range(0, len(numbers), size)]
    low, high = min(numbers), max(numbers)
    if low == high:
        return BARS[len(BARS) // 2 - 1] * len(peaks)
    scale = 1 if math.isfinite(high - low) else 0.5  # the difference may be beyond what a float holds
    span = high * scale - low * scale
    return "".join(BARS[min(len(BARS) - 1, int((peak * scale - low * scale) / span * len(BARS)))] for peak in peaks)


def chart(points: Sequence[Point], width: int) -> str | None:
    """A chart of several lines; None where plotext (6 or newer) is not installed, or can't draw these numbers.

    Args:
        points: finite values with their places on the axis. Places that are too close together for floats to tell them
            apart, such as steps near 2**63, are drawn one after the other.
        width: of the terminal, in columns.
    """
    try:
        import plotext
    except ImportError:
        return None
    shown = thinned(points, width * _DOTS_A_CELL)
    xs, ys = [x for x, _ in shown], [y for _, y in shown]
    if not hasattr(plotext, "figure") or not _is_fit(ys):  # before 6 it had another interface
        return None
    return _drawn(plotext, xs if _is_fit(xs) else list(range(len(xs))), ys, width)


def _is_fit(numbers: Sequence[float]) -> bool:
    """Whether an axis can be made of these numbers: their distance is finite, and not lost in their size."""
    low, high = min(numbers), max(numbers)
    size = max(abs(low), abs(high))
    return size <= _LARGEST if low == high else math.isfinite(high - low) and high - low > size * _NARROWEST


def _drawn(plotext: Any, xs: Sequence[float], ys: Sequence[float], width: int) -> str | None:
    figure: Any = plotext.figure
    without_colour: Any = plotext.uncolorize
    complaints = io.StringIO()
    try:
        with redirect_stderr(complaints):
            figure.clear()
            figure.plot_size(width, HEIGHT)
            figure.theme("colorless")
            figure.draw(figure.signal(xs, ys, marker="braille"))
            lines = without_colour(str(figure.build())).splitlines()
    except (ArithmeticError, ValueError):  # numbers at the ends of what a float holds
        return None
    return None if complaints.getvalue() else "\n".join(line.rstrip() for line in lines)
