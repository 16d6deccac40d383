"""The metrics of a run in a few numbers each, kept up with while it grows."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from runlog.errors import JournalError
from runlog.journal.decode import OverflowedPoint, PointColumns, numpy_or_none, value_of
from runlog.journal.format import OVERFLOWED_POINT
from runlog.reading.chunks import split_points
from runlog.reading.series import is_number
from runlog.records import (
    DocumentLogged,
    EventKind,
    ImageLogged,
    ListLogged,
    MediaLogged,
    RowLogged,
    TableLogged,
    ValueLogged,
    decode,
)
from runlog.store.index.content import SCALAR, StoredMetric
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.journal.reader import Event
    from runlog.state import RunState

_OBJECTS: dict[int, tuple[str, Any]] = {
    EventKind.ROW: ("row", RowLogged),
    EventKind.TABLE: ("table", TableLogged),
    EventKind.IMAGE: ("image", ImageLogged),
    EventKind.MEDIA: ("media", MediaLogged),
    EventKind.DOCUMENT: ("document", DocumentLogged),
}
"""What is no scalar: the kind it is of where nothing else is said, and its payload."""
KINDS = frozenset({OVERFLOWED_POINT, int(EventKind.VALUE), int(EventKind.LIST), *map(int, _OBJECTS)})


@dataclass
class Tally:
    """One metric so far."""

    kind: str
    first_time: int
    last_time: int = -(1 << 63)
    last: Any = None
    last_step: int | None = None
    count: int = 0
    low: float = math.inf
    high: float = -math.inf

    @classmethod
    def of(cls, kept: StoredMetric) -> Tally:
        """The opposite of :meth:`stored`."""
        low, high = math.inf if kept.min is None else kept.min, -math.inf if kept.max is None else kept.max
        return cls(kept.kind, kept.first_time, kept.last_time, kept.last, kept.last_step, kept.count, low, high)

    def add(self, count: int, first: int, time: int, step: int | None, last: Any) -> None:
        """Count values, of which the last is this."""
        self.count += count
        self.first_time = min(self.first_time, first)
        if time >= self.last_time:
            self.last_time, self.last_step, self.last = time, step, last

    def span(self, low: float, high: float) -> None:
        """Widen by finite numbers."""
        self.low, self.high = min(self.low, low), max(self.high, high)

    def stored(self, name: str, kind: str | None) -> StoredMetric:
        """As the index keeps it."""
        known = self.low <= self.high
        return StoredMetric(
            name=name,
            kind=self.kind if kind is None else kind,
            count=self.count,
            last=self.last,
            last_step=self.last_step,
            last_time=self.last_time,
            min=self.low if known else None,
            max=self.high if known else None,
            first_time=self.first_time,
        )


class RunTallies:
    """The metrics of one run, as far as its points and events were taken in."""

    def __init__(self, kept: Iterable[StoredMetric] = ()) -> None:
        """Go on from what was kept before, as :meth:`kept` gave it."""
        self._tallies: dict[str, Tally] = {one.name: Tally.of(one) for one in kept}
        self._changed: dict[str, int] = {}
        """Names that changed since they were written last, and at which of the changes."""
        self._changes = 0
        self._lock = threading.Lock()

    def kept(self) -> list[StoredMetric]:
        """The metrics as they are to be gone on from."""
        return [tally.stored(name, None) for name, tally in self._tallies.items()]

    def stored(self, state: RunState, most: int | None = None) -> list[StoredMetric]:
        """Metrics in the order first logged; what a name is for is what the run's state says.

        Args:
            state: of the run.
            most: only so many, the first ones that came; None: all.
        """
        some = list(self._tallies if most is None else islice(self._tallies, most))
        return self._stored(state, sorted(some, key=lambda name: self._tallies[name].first_time))

    def changed(self, state: RunState) -> tuple[int, list[StoredMetric]]:
        """Those that changed since they were written last, and what to call :meth:`written` with."""
        with self._lock:
            changes, names = self._changes, list(self._changed)
        return changes, self._stored(state, names)

    def written(self, changes: int) -> None:
        """What had changed by then is written."""
        with self._lock:
            self._changed = {name: at for name, at in self._changed.items() if at > changes}

    def touch(self, name: str) -> None:
        """Something else than its values changed about a metric."""
        if name in self._tallies:
            self._note(name)

    def __len__(self) -> int:
        return len(self._tallies)

    def _stored(self, state: RunState, names: Iterable[str]) -> list[StoredMetric]:
        found = []
        for name in names:
            tally, said = self._tallies[name], state.series.get(name)
            found.append(tally.stored(name, said.kind if said is not None and tally.kind != SCALAR else None))
        return found

    def _tally(self, name: str, kind: str, time: int) -> Tally:
        tally = self._tallies.get(name)
        if tally is None:
            tally = self._tallies[name] = Tally(kind, time)
        self._note(name)
        return tally

    def _note(self, name: str) -> None:
        with self._lock:
            self._changes += 1
            self._changed[name] = self._changes

    def take_points(self, columns: PointColumns) -> None:
        """Count points."""
        np = numpy_or_none()
        for name, part in split_points(columns, None):
            last = PointColumns(part.writer, part.names, *(column[-1:] for column in _columns_of(part))).values()[0]
            first, time = int(part.times[0]), int(part.times[-1])
            step = int(part.steps[-1]) if part.has_step[-1] else None
            tally = self._tally(name, SCALAR, first)
            tally.add(len(part), first, time, step, last)
            if np is None:
                _span(tally, part.values())
            else:
                _span_of_array(np, tally, part)

    def take_event(self, event: Event) -> None:
        """Count what an event of one of ``KINDS`` holds."""
        try:
            if event.kind == OVERFLOWED_POINT:
                self._take_overflowed(OverflowedPoint.unpack(event.payload))
            elif event.kind == EventKind.VALUE:
                value = decode(ValueLogged, event.payload)
                cell = {"$": value.type, "v": value.text}
                self._take_cells(value.name, value.time, value.step, [cell])
            elif event.kind == EventKind.LIST:
                values = decode(ListLogged, event.payload)
                self._take_cells(values.name, values.time, values.step, values.values)
            else:
                kind, payload_type = _OBJECTS[event.kind]
                logged = decode(payload_type, event.payload)
                step = None if isinstance(logged, TableLogged) else logged.step
                self._tally(logged.name, kind, logged.time).add(1, logged.time, logged.time, step, None)
        except JournalError:  # another version's field: the reader's checks count what is damage
            return

    def _take_overflowed(self, point: OverflowedPoint | None) -> None:
        if point is not None:
            value = value_of(point.kind, point.bits)
            self._take_cells(point.name, point.time, point.step, [value])

    def _take_cells(self, name: str, time: int, step: int | None, cells: list[Any]) -> None:
        if cells:
            tally = self._tally(name, SCALAR, time)
            tally.add(len(cells), time, time, step, cells[-1])
            _span(tally, map(decode_cell, cells))


def _columns_of(part: PointColumns) -> tuple[Any, ...]:
    return part.series, part.times, part.steps, part.has_step, part.kinds, part.raw


def _span_of_array(np: Any, tally: Tally, part: PointColumns) -> None:
    from runlog.reading.frame import numbers_of

    numbers = numbers_of(np, part.kinds, part.raw).astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    if len(finite):
        tally.span(float(finite.min()), float(finite.max()))


def _span(tally: Tally, values: Iterable[Any]) -> None:
    for value in values:
        if is_number(value):
            try:
                number = float(value)
            except OverflowError:
                continue
            if math.isfinite(number):
                tally.span(number, number)
