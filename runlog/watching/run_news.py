"""What is new at one run: values of some metrics, and how its newest attempt stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runlog.attempts import Attempt, attempts_of
from runlog.errors import JournalError
from runlog.journal.decode import OverflowedPoint, value_of
from runlog.reading.chunks import Chunk, event_chunk, point_chunks
from runlog.records import EventKind, RunOpened, StatusSet, decode
from runlog.watching.judge import Value

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.journal.reader import Event

_STATE = frozenset({int(EventKind.RUN), int(EventKind.STATUS)})
_VALUES = frozenset({int(EventKind.VALUE), int(EventKind.LIST), int(EventKind.POINT)})


class RunNews:
    """Reads a run as it grows; nothing is read twice, so that a long run costs no more than a short one."""

    def __init__(self, backend: Backend, run_id: str, metrics: set[str]) -> None:
        """Begin before the run's first record.

        Args:
            backend: keeps the run.
            run_id: of the run.
            metrics: whose values are wanted.
        """
        self._metrics = metrics
        self._follower = backend.follow(run_id, _STATE | _VALUES if metrics else _STATE)
        self._opened: dict[str, RunOpened] = {}
        self._ends: list[tuple[str, StatusSet]] = []
        self.newest: Attempt | None = None
        """How the newest attempt stands; None where no writer has begun yet."""

    def take(self) -> list[Value]:
        """The values that came since the last call, by time; :attr:`newest` is brought up to date.

        Signs of life are asked for first: what a process wrote before it was found dead is then read.
        """
        writers = self._follower.signs_of_life()
        values: list[Value] = []
        for event in self._follower.poll():
            values += self._read(event)
        if self._metrics:
            for columns in self._follower.poll_points():
                for name, chunk in point_chunks(columns, self._metrics):
                    values += _values(name, chunk)
        self._ends.sort(key=lambda one: one[1].time)
        attempts = attempts_of(self._opened, self._ends, [one for one in writers if one.writer_id in self._opened])
        self.newest = attempts[-1] if attempts else None
        return sorted(values, key=lambda one: one.time_ns)

    def _read(self, event: Event) -> list[Value]:
        try:
            if event.kind == EventKind.RUN:
                self._opened[event.writer] = decode(RunOpened, event.payload)
            elif event.kind == EventKind.STATUS:
                self._ends.append((event.writer, decode(StatusSet, event.payload)))
        except JournalError:  # another version's form: `runlog show` tells of it
            return []
        if event.kind == EventKind.POINT:
            return self._overflowed(event)
        named = event_chunk(event) if event.kind in _VALUES else None
        return _values(*named) if named is not None and named[0] in self._metrics else []

    def _overflowed(self, event: Event) -> list[Value]:
        point = OverflowedPoint.unpack(event.payload)
        if point is None or point.name not in self._metrics:
            return []
        return [Value(point.name, value_of(point.kind, point.bits), point.step, point.time, event.writer)]


def _values(name: str, chunk: Chunk) -> list[Value]:
    return [
        Value(name, value, step, time, chunk.writer)
        for time, step, value in zip(chunk.times, chunk.steps, chunk.values, strict=True)
    ]
