"""Points of one metric as numbers to draw, and the summaries of stretches of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

CHUNK = 2048
"""Points that are summed up together where no file says otherwise."""
SUMMARY = (
    ("count", "<i8"),
    ("stepped", "<i8"),
    ("low_step", "<i8"),
    ("high_step", "<i8"),
    ("low_time", "<i8"),
    ("high_time", "<i8"),
    ("min", "<f8"),
    ("max", "<f8"),
    ("sum", "<f8"),
    ("first", "<f8"),
    ("last", "<f8"),
)
"""Of a stretch of points: what the directory of a compacted segment says of a chunk."""


class Points(NamedTuple):
    """Points of one metric in the order they were logged; arrays of one length."""

    steps: Any
    has_step: Any
    times: Any
    numbers: Any
    """float64; what can't be drawn is not-a-number."""

    def __len__(self) -> int:
        return len(self.times)

    def taken(self, which: Any) -> Points:
        """Some of them: a slice, or a mask."""
        return Points(*(column[which] for column in self))


def joined(parts: Sequence[Points]) -> Points:
    """Points one after the other."""
    import numpy as np

    return parts[0] if len(parts) == 1 else Points(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def drawn(numbers: Any) -> Any:
    """Numbers with not-a-number for what is not finite."""
    import numpy as np

    finite = np.isfinite(numbers)
    return numbers if finite.all() else np.where(finite, numbers, np.nan)


def summarized(points: Points) -> Any:
    """A row of :data:`SUMMARY` for each :data:`CHUNK` of points."""
    import numpy as np

    starts = np.arange(0, len(points), CHUNK)
    rows = np.zeros(len(starts), np.dtype(list(SUMMARY)))
    if not len(starts):
        return rows
    rows["count"] = np.append(starts[1:], len(points)) - starts
    rows["stepped"] = np.add.reduceat(points.has_step.astype("<i8"), starts)
    rows["low_step"], rows["high_step"] = _step_ranges(np, points, starts, rows["stepped"])
    rows["low_time"] = np.minimum.reduceat(points.times, starts)
    rows["high_time"] = np.maximum.reduceat(points.times, starts)
    for name, reduce in REDUCED.items():
        rows[name] = reduce(points.numbers, starts)
    return rows


def _step_ranges(np: Any, points: Points, starts: Any, stepped: Any) -> tuple[Any, Any]:
    bounds = np.iinfo("<i8")
    low = np.minimum.reduceat(np.where(points.has_step, points.steps, bounds.max), starts)
    high = np.maximum.reduceat(np.where(points.has_step, points.steps, bounds.min), starts)
    return np.where(stepped, low, 0), np.where(stepped, high, 0)


def sums(numbers: Any, starts: Any) -> Any:
    """The sum of each of the stretches that begin at ``starts``; not-a-number where it has no number."""
    import numpy as np

    empty = np.isnan(numbers)
    with np.errstate(over="ignore"):
        found = np.add.reduceat(np.where(empty, 0.0, numbers), starts)
    return np.where(np.logical_and.reduceat(empty, starts), np.nan, found)


def firsts(numbers: Any, starts: Any) -> Any:
    """The first number of each of the stretches that begin at ``starts``."""
    import numpy as np

    places = np.append(np.flatnonzero(~np.isnan(numbers)), len(numbers))
    first = places[np.searchsorted(places, starts)]
    ends = np.append(starts[1:], len(numbers))
    return np.where(first < ends, np.append(numbers, np.nan)[first], np.nan)


def lasts(numbers: Any, starts: Any) -> Any:
    """The last number of each of the stretches that begin at ``starts``."""
    import numpy as np

    places = np.append(-1, np.flatnonzero(~np.isnan(numbers)))
    ends = np.append(starts[1:], len(numbers))
    last = places[np.searchsorted(places, ends) - 1]
    return np.where(last >= starts, numbers[last], np.nan)


def _smallest(numbers: Any, starts: Any) -> Any:
    import numpy as np

    return np.fmin.reduceat(numbers, starts)


def _largest(numbers: Any, starts: Any) -> Any:
    import numpy as np

    return np.fmax.reduceat(numbers, starts)


REDUCED = {"min": _smallest, "max": _largest, "sum": sums, "first": firsts, "last": lasts}
"""How each number of a summary follows from those of smaller stretches."""
