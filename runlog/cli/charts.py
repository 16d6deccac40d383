"""Small charts of a metric for the terminal: by plotext where it is installed, else in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runlog.reading.curves import Point, thinned

BARS = "▁▂▃▄▅▆▇█"
LINE_WIDTH = 60
HEIGHT = 15
_DOTS_A_CELL = 2


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
    span = high / 2 - low / 2  # the whole difference may be beyond what a float holds
    return "".join(BARS[min(len(BARS) - 1, int((peak / 2 - low / 2) / span * len(BARS)))] for peak in peaks)


def chart(points: Sequence[Point], width: int) -> str | None:
    """A chart of several lines; None where plotext (6 or newer) is not installed.

    Args:
        points: finite values with their places on the axis.
        width: of the terminal, in columns.
    """
    try:
        import plotext
    except ImportError:
        return None
    if not hasattr(plotext, "figure"):  # before 6 it had another interface
        return None
    figure: Any = plotext.figure
    without_colour: Any = plotext.uncolorize
    shown = thinned(points, width * _DOTS_A_CELL)
    figure.clear()
    figure.plot_size(width, HEIGHT)
    figure.theme("colorless")
    figure.draw(figure.signal([x for x, _ in shown], [y for _, y in shown], marker="braille"))
    lines = without_colour(str(figure.build())).splitlines()
    return "\n".join(line.rstrip() for line in lines)
