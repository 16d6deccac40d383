"""A series cut into stretches of its axis: by whole chunks where there are many, by points where there are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from runlog.store.contract import Axis, Buckets
from runlog.store.series.points import CHUNK, REDUCED
from runlog.store.series.segments import SegmentSeries

FEW = 1 << 18
"""Points that are always looked at one by one."""
MANY = 1 << 20
"""Points that are looked at one by one at most, where summaries would give too few stretches."""
WIDE_CHUNKS = 512
"""Chunks across several buckets that are taken apart, at most: the others go where their middle is."""
_NUMBERS = ("min", "max", "sum", "first", "last")


class Items(NamedTuple):
    """Stretches to be put into buckets: chunks, or single points. Arrays of one length."""

    low: Any
    high: Any
    count: Any
    min: Any
    max: Any
    sum: Any
    first: Any
    last: Any

    def __len__(self) -> int:
        return len(self.low)

    def taken(self, which: Any) -> Items:
        """Some of them: a mask, or places."""
        return Items(*(column[which] for column in self))


@dataclass
class Stretch:
    """One metric's part of one segment, with its place on the axis."""

    series: SegmentSeries
    name: str
    rows: Any
    first_index: int
    """How many points of its writer stand before it."""
    dropped: Any = None
    """Steps that a newer attempt logged again."""

    def items(self, axis: Axis) -> Items:
        """Its chunks."""
        import numpy as np

        rows = self.rows
        if axis == "index":
            ends = self.first_index + np.cumsum(rows["count"])
            low, high = ends - rows["count"], ends - 1
        else:
            low, high = rows[f"low_{axis}"], rows[f"high_{axis}"]
        return Items(low, high, rows["count"], *(rows[name] for name in _NUMBERS))

    def points(self, rows: Any, axis: Axis) -> tuple[Any, Any]:
        """Places and numbers of the points of some chunks, which are in order."""
        np = _numpy()
        places, numbers, lengths = self.series.points(self.name, rows, axis)
        if axis == "index":
            begins = self.first_index + np.cumsum(self.rows["count"])[rows] - self.rows["count"][rows]
            within = np.arange(len(numbers)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            return np.repeat(begins, lengths) + within, numbers
        if axis == "step" and self.dropped is not None:
            kept = ~np.isin(places, self.dropped)
            return places[kept], numbers[kept]
        return places, numbers


def stretches_of(parts: Sequence[SegmentSeries], name: str) -> list[Stretch]:
    """The stretches of a metric of one writer, in order."""
    found, index = [], 0
    for part in parts:
        rows = part.rows(name)
        if len(rows):
            found.append(Stretch(part, name, rows, index))
            index += int(rows["count"].sum())
    return found


def is_stepped(found: Sequence[Stretch]) -> bool:
    """Whether every point has a step."""
    return all(bool((one.rows["stepped"] == one.rows["count"]).all()) for one in found)


def bucketed(found: Sequence[Stretch], count: int, axis: Axis, low: int, high: int) -> Buckets:
    """Put a metric into at most so many buckets.

    Args:
        found: its stretches; one at least.
        count: of buckets.
        axis: where it is drawn.
        low: the first place, an int64.
        high: the last place, an int64.
    """
    np = _numpy()
    parts = [_part(one, axis, low, high) for one in found]
    total = sum(int(part.items.count.sum()) for part in parts)
    if total <= max(FEW, min(count * CHUNK, MANY)):
        return _cut(_points_of(parts, axis, low, high), count, axis)
    reach = [(part.items.low.min(), part.items.high.max()) for part in parts if len(part.items)]
    width = float(_difference(max(one for _, one in reach), min(one for one, _ in reach))) / count
    for part in parts:
        part.take_apart(low, high, 2 * width, max(1, WIDE_CHUNKS // len(parts)))
    whole = [part.items.taken(~part.apart) for part in parts]
    items = zip(*whole, _points_of(parts, axis, low, high), strict=True)
    return _cut(_in_order(Items(*(np.concatenate(column) for column in items))), count, axis)


@dataclass
class _Part:
    """The chunks of a stretch that lie in the range."""

    stretch: Stretch
    rows: Any
    items: Items
    apart: Any
    """Which of them are looked at point by point: all, until it is told otherwise."""

    def take_apart(self, low: int, high: int, wide: float, most: int) -> None:
        """Look only at those point by point that lie across a border of the range, or of several buckets."""
        np = _numpy()
        items, dropped = self.items, self.stretch.dropped
        self.apart = (items.low < low) | (items.high > high)
        if dropped is not None:
            self.apart |= (items.high >= dropped[0]) & (items.low <= dropped[-1])
        widths = _difference(items.high, items.low)
        too_wide = np.flatnonzero(~self.apart & (widths > wide))
        self.apart[too_wide[np.argsort(-widths[too_wide], kind="stable")[:most]]] = True


def _part(stretch: Stretch, axis: Axis, low: int, high: int) -> _Part:
    np = _numpy()
    items = stretch.items(axis)
    rows = np.flatnonzero((items.high >= low) & (items.low <= high))
    return _Part(stretch, rows, items.taken(rows), np.ones(len(rows), bool))


def _points_of(parts: Sequence[_Part], axis: Axis, low: int, high: int) -> Items:
    """The points within the range of all chunks that are taken apart."""
    np = _numpy()
    found = [
        _within(*part.stretch.points(part.rows[part.apart], axis), low, high) for part in parts if part.apart.any()
    ]
    if not found:
        return _of_points(np.empty(0, "<i8"), np.empty(0, "<f8"))
    return _of_points(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _within(where: Any, numbers: Any, low: int, high: int) -> tuple[Any, Any]:
    inside = (where >= low) & (where <= high)
    if inside.all():
        return where, numbers
    return where[inside], numbers[inside]


def _of_points(where: Any, numbers: Any) -> Items:
    """Points as items, in the order of their places."""
    np = _numpy()
    if (where[1:] < where[:-1]).any():
        order = np.argsort(where, kind="stable")
        where, numbers = where[order], numbers[order]
    return Items(where, where, np.ones(len(where), "<i8"), numbers, numbers, numbers, numbers, numbers)


def _in_order(items: Items) -> Items:
    return items.taken(_numpy().argsort(items.low, kind="stable"))


def _cut(items: Items, count: int, axis: Axis) -> Buckets:
    """Put items, which are in order, into stretches of equal length."""
    np = _numpy()
    total = int(items.count.sum())
    if total <= count:
        return Buckets(*items, axis=axis, total=total, exact=True)
    if items.low is items.high:
        starts = _starts_of_points(items.low, count)
    else:
        items, starts = _starts_of_chunks(items, count)
    return Buckets(
        low=np.minimum.reduceat(items.low, starts),
        high=np.maximum.reduceat(items.high, starts),
        count=np.add.reduceat(items.count, starts),
        **{name: reduce(getattr(items, name), starts) for name, reduce in REDUCED.items()},
        axis=axis,
        total=total,
        exact=False,
    )


def _starts_of_points(where: Any, count: int) -> Any:
    """Where each stretch of equal length begins that has points."""
    np = _numpy()
    begin, end = int(where[0]), int(where[-1])
    edges = np.array([begin + (end - begin + 1) * number // count for number in range(count)], "<i8")
    starts = np.unique(np.searchsorted(where, edges))
    return starts[starts < len(where)]


def _starts_of_chunks(items: Items, count: int) -> tuple[Items, Any]:
    """The same by their middles, and the items in the order of these."""
    np = _numpy()
    begin = items.low[0]
    middle = _difference(items.low, begin) + _difference(items.high, items.low) / 2
    span = float(_difference(items.high, begin).max())
    number = np.minimum((middle * (count / span)).astype("<i8"), count - 1) if span else np.zeros(len(items), "<i8")
    if (number[1:] < number[:-1]).any():
        order = np.argsort(number, kind="stable")
        items, number = items.taken(order), number[order]
    return items, np.flatnonzero(np.append(True, number[1:] != number[:-1]))


def _difference(high: Any, low: Any) -> Any:
    """How far apart two int64 places are, as float64; exact before it is rounded."""
    np = _numpy()
    return (np.asarray(high, "<i8").view("<u8") - np.asarray(low, "<i8").view("<u8")).astype("<f8")


def _numpy() -> Any:
    import numpy as np

    return np
