"""Where the values of a metric are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from runlog.reading.curves import Point, drawable

if TYPE_CHECKING:
    from runlog.reading.chunks import Scalars


def indices(writers: Iterable[str]) -> list[int]:
    """The number of each value among those of its writer: a process numbers what it logs from 0.

    Args:
        writers: of the values, in the order they were logged.
    """
    counts: Counter[str] = Counter()
    numbers = []
    for writer in writers:
        numbers.append(counts[writer])
        counts[writer] += 1
    return numbers


def course(got: Scalars) -> list[Point]:
    """The finite numbers of a metric with their places on its axis, in the order of the places.

    The place is the step where every value has one, else the index. Values may share a place and go back; all of them
    are drawn.
    """
    stepped = all(step is not None for step in got.steps)
    places: Sequence[Any] = got.steps if stepped else indices(got.writers)
    return sorted(drawable(got.values, places), key=lambda point: point[0])
