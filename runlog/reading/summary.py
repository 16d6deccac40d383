"""Each metric of a run in a few numbers and a short curve, without a Python object for any of its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runlog.backend import JournalView
from runlog.journal.decode import numpy_or_none
from runlog.reading.attempts import newest_of_steps
from runlog.reading.axis import course
from runlog.reading.chunks import Chunk, Scalars, read_event_chunks, read_scalars, split_points
from runlog.reading.curves import Point, drawable, thinned

if TYPE_CHECKING:
    from runlog.journal.reader import PointColumns
    from runlog.records import RunOpened


@dataclass(frozen=True)
class MetricSummary:
    """A scalar metric at a glance."""

    name: str
    count: int
    last: Any
    """The value logged last, exactly."""
    low: float | None
    """The smallest finite number; None where there is none."""
    high: float | None
    curve: list[Point]
    """At most two points of each stretch, the smallest and the largest value."""
    first_time: int = 0
    """When the name was first logged, UTC nanoseconds."""


@dataclass(frozen=True)
class _Part:
    """Values of one name from one source, as arrays; ``last`` is the last of them as it was logged."""

    writer: str
    times: Any
    steps: Any
    stepped: bool
    numbers: Any
    last: Any


def summarise(
    journal: JournalView, stretches: int = 60, *, opened: Mapping[str, RunOpened] | None = None
) -> list[MetricSummary]:
    """The run's scalar metrics, in the order in which they were first logged.

    Args:
        journal: of the run.
        stretches: into how many a curve is cut.
        opened: for each writer, what it said of its process; a curve is then of what the newest attempt logged.
    """
    np = numpy_or_none()
    opened = opened or {}
    if np is None or len({one.attempt for one in opened.values()}) > 1:
        return [_summary(name, got, opened, stretches) for name, got in read_scalars(journal).items()]
    parts: dict[str, list[_Part]] = {}
    for columns in journal.points():
        for name, part in _parts(np, columns):
            parts.setdefault(name, []).append(part)
    for name, chunk in read_event_chunks(journal, None):
        parts.setdefault(name, []).append(_part_of_chunk(np, chunk))
    ordered = sorted(parts.items(), key=lambda one: min(int(part.times[0]) for part in one[1]))
    return [_merged(np, name, of_one, stretches) for name, of_one in ordered]


def _parts(np: Any, columns: PointColumns) -> Iterable[tuple[str, _Part]]:
    from runlog.reading.frame import numbers_of

    for name, taken in split_points(columns, None):
        last = type(taken)(taken.writer, taken.names, *(part[-1:] for part in _arrays(taken))).values()[0]
        numbers = numbers_of(np, taken.kinds, taken.raw).astype(np.float64)
        yield name, _Part(taken.writer, taken.times, taken.steps, bool(taken.has_step.all()), numbers, last)


def _arrays(columns: PointColumns) -> tuple[Any, ...]:
    return columns.series, columns.times, columns.steps, columns.has_step, columns.kinds, columns.raw


def _part_of_chunk(np: Any, chunk: Chunk) -> _Part:
    numbers = np.full(len(chunk.values), np.nan)
    for place, value in drawable(chunk.values, range(len(chunk.values))):
        numbers[int(place)] = value
    stepped = all(step is not None for step in chunk.steps)
    steps = np.array([step or 0 for step in chunk.steps], np.int64)
    return _Part(chunk.writer, np.array(chunk.times, np.int64), steps, stepped, numbers, chunk.values[-1])


def _merged(np: Any, name: str, parts: list[_Part], stretches: int) -> MetricSummary:
    numbers, steps = parts[0].numbers, parts[0].steps
    indices = np.arange(len(numbers))
    if len(parts) > 1:
        order = np.argsort(np.concatenate([part.times for part in parts]), kind="stable")
        numbers = np.concatenate([part.numbers for part in parts])[order]
        steps = np.concatenate([part.steps for part in parts])[order]
        indices = _indices(np, parts, order)
    last = max(parts, key=lambda part: int(part.times[-1])).last
    first = min(int(part.times[0]) for part in parts)
    places = steps if all(part.stepped for part in parts) else indices
    finite = np.flatnonzero(np.isfinite(numbers))
    if not len(finite):
        return MetricSummary(name, len(numbers), last, None, None, [], first)
    shown = finite[np.argsort(places[finite], kind="stable")]
    x, y = places[shown].astype(np.float64), numbers[shown]
    kept = _extremes(np, y, stretches)
    curve = list(zip(x[kept].tolist(), y[kept].tolist(), strict=True))
    return MetricSummary(name, len(numbers), last, float(y.min()), float(y.max()), curve, first)


def _indices(np: Any, parts: list[_Part], order: Any) -> Any:
    """The number of each value, in this order, among those of its writer."""
    writers = list(dict.fromkeys(part.writer for part in parts))
    codes = np.concatenate([np.full(len(part.numbers), writers.index(part.writer)) for part in parts])[order]
    indices = np.empty(len(codes), np.int64)
    for code in range(len(writers)):
        mine = codes == code
        indices[mine] = np.arange(np.count_nonzero(mine))
    return indices


def _extremes(np: Any, numbers: Any, stretches: int) -> Any:
    """Places of the smallest and the largest number of each stretch, in order."""
    size = -(-len(numbers) // max(1, stretches))
    if size <= 2:
        return np.arange(len(numbers))
    whole = len(numbers) // size * size
    rows = numbers[:whole].reshape(-1, size)
    starts = np.arange(0, whole, size)
    places = [starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)]
    if whole < len(numbers):
        rest = numbers[whole:]
        places.append(np.array([whole + rest.argmin(), whole + rest.argmax()]))
    return np.unique(np.concatenate(places))


def _summary(name: str, got: Scalars, opened: Mapping[str, RunOpened], stretches: int) -> MetricSummary:
    numbers = [y for _, y in course(got)]
    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    points = course(newest_of_steps(got, opened))
    return MetricSummary(name, len(got.values), got.values[-1], low, high, thinned(points, stretches), got.times[0])
