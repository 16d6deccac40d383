"""The course of a metric as points to draw, and fewer of them than there are values, with every peak kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from runlog.reading.series import is_number

Point = tuple[float, float]
"""A place on the axis, and a finite value."""


def drawable(values: Sequence[Any], steps: Sequence[int | None]) -> list[Point]:
    """The finite numbers among a metric's values, each with its step, or its index where some value has no step.

    Args:
        values: of the metric, in the order they were logged.
        steps: of the values.
    """
    stepped = all(step is not None for step in steps)
    numbers = ((steps[at] if stepped else at, _number(value)) for at, value in enumerate(values))
    return [(float(x or 0), y) for x, y in numbers if math.isfinite(y)]


def _number(value: Any) -> float:
    try:
        return float(value) if is_number(value) else math.nan
    except OverflowError:
        return math.nan


def thinned(points: Sequence[Point], stretches: int) -> list[Point]:
    """At most two points of each of so many stretches: the smallest and the largest, so that no peak is lost."""
    size = -(-len(points) // max(1, stretches))
    if size <= 2:
        return list(points)
    kept: list[Point] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept
