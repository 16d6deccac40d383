"""The points of one segment by name: compacted, or decoded as a whole."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from runlog.errors import JournalError
from runlog.journal.compact_file import CompactFile, FileImage
from runlog.journal.decode import PointColumns
from runlog.journal.numbers import numbers_of
from runlog.reading.chunks import split_points
from runlog.store.contract import Axis
from runlog.store.series.points import CHUNK, SUMMARY, Points, drawn, joined, summarized


class Placed(NamedTuple):
    """Points of chunks, to be drawn."""

    places: Any
    """Their steps or times; None on the axis ``index``."""
    numbers: Any
    lengths: Any
    """How many are of each chunk."""


class SegmentSeries(Protocol):
    """What is drawn from: the series of a stretch of a writer's points."""

    def rows(self, name: str) -> Any:
        """The summaries of a metric's chunks, in order: an array of :data:`SUMMARY`, empty where it has no point."""

    def points(self, name: str, rows: Any, axis: Axis) -> Placed:
        """The points of some of these chunks, one after the other.

        Args:
            name: of the metric.
            axis: where they are drawn.
            rows: of the chunks, an array of places, in order. One that can no longer be read has no points.
        """


class CompactSeries:
    """A compacted segment: its directory is held, its points are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        """Read the directory.

        Args:
            path: of the file.

        Raises:
            JournalError: it is damaged.
            OSError: it can't be read.
        """
        self._file = CompactFile(FileImage(path), path.name)
        self._places: dict[str, Any] = {}
        self.size = self._file.chunks.nbytes
        """Bytes that are held."""

    def rows(self, name: str) -> Any:
        """Rows of the directory."""
        np = _numpy()
        rows = self._file.chunks[self._rows_of(name)]
        found = np.empty(len(rows), np.dtype(list(SUMMARY)))
        for field, _ in SUMMARY:
            found[field] = rows[field]
        return found

    def points(self, name: str, rows: Any, axis: Axis) -> Placed:
        """Read and decompress chunks."""
        np = _numpy()
        chunks = self._rows_of(name)[rows].tolist()
        try:
            found, lengths = self._file.points_of_many(chunks, steps=axis == "step", times=axis == "time")
        except (JournalError, OSError):
            return Placed(np.empty(0, "<i8"), np.empty(0, "<f8"), np.zeros(len(rows), "<i8"))
        kinds = found.marks & 0xFF
        kinds = kinds[0] if (kinds == kinds[0]).all() else kinds
        places = found.steps if axis == "step" else found.times
        return Placed(places, drawn(numbers_of(np, kinds, found.raw)), np.array(lengths))

    def _rows_of(self, name: str) -> Any:
        if name not in self._places:
            self._places[name] = self._file.rows_of(name)
        return self._places[name]


class DecodedSeries:
    """Points that were decoded: of an open segment as it grows, of a sealed or packed one, of the overflow stream."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Points]] = {}
        self._rows: dict[str, Any] = {}
        self.size = 0
        """Bytes that are held."""

    def add(self, columns: PointColumns) -> None:
        """Add what came behind the points that are here."""
        for name, part in split_points(columns, None):
            numbers = drawn(numbers_of(_numpy(), part.kinds, part.raw))
            self.add_points(name, Points(part.steps, part.has_step, part.times, numbers))

    def add_points(self, name: str, points: Points) -> None:
        """Add points of one metric."""
        self._parts.setdefault(name, []).append(points)
        self._rows.pop(name, None)
        self.size += sum(column.nbytes for column in points)

    def rows(self, name: str) -> Any:
        """Summaries made from the points, once."""
        if name not in self._rows:
            self._rows[name] = summarized(self._whole(name))
        return self._rows[name]

    def points(self, name: str, rows: Any, axis: Axis) -> Placed:
        """Some of them."""
        np = _numpy()
        whole = self._whole(name)
        chunks = [whole.taken(slice(row * CHUNK, (row + 1) * CHUNK)) for row in rows]
        found = joined(chunks or [none()])
        places = {"step": found.steps, "time": found.times}.get(axis)
        return Placed(places, found.numbers, np.array([len(chunk) for chunk in chunks], "<i8"))

    def names(self) -> Iterable[str]:
        """The metrics that have points."""
        return self._parts

    def _whole(self, name: str) -> Points:
        parts = self._parts.get(name)
        if parts is None:
            return none()
        if len(parts) > 1:
            parts[:] = [joined(parts)]
        return parts[0]


class SealedSeries:
    """A sealed segment that is not compacted: its summaries are held, its points for a while only."""

    def __init__(self, decode: Callable[[], DecodedSeries], held: Held) -> None:
        """Decode it once.

        Args:
            decode: decodes it.
            held: holds what was decoded for as long as there is room.
        """
        self._decode = decode
        self._held = held
        decoded = held.get(self, decode)
        self._rows = {name: decoded.rows(name) for name in decoded.names()}
        self.size = sum(rows.nbytes for rows in self._rows.values())
        """Bytes that are held."""

    def rows(self, name: str) -> Any:
        """Summaries made from its points."""
        found = self._rows.get(name)
        return summarized(none()) if found is None else found

    def points(self, name: str, rows: Any, axis: Axis) -> Placed:
        """Some of its points; the segment is decoded anew where they were let go."""
        return self._held.get(self, self._decode).points(name, rows, axis)


class Held:
    """Decoded segments, of which the ones used last are held as long as there is room."""

    def __init__(self, limit: int) -> None:
        """Hold nothing yet.

        Args:
            limit: bytes to hold. One segment is held whatever its size is.
        """
        self._limit = limit
        self._held: OrderedDict[int, tuple[object, DecodedSeries]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, owner: object, decode: Callable[[], DecodedSeries]) -> DecodedSeries:
        """What is held for an owner, else what it decodes."""
        with self._lock:
            found = self._held.get(id(owner))
            if found is not None:
                self._held.move_to_end(id(owner))
                return found[1]
        decoded = decode()
        with self._lock:
            self._held[id(owner)] = owner, decoded
            while len(self._held) > 1 and sum(one.size for _, one in self._held.values()) > self._limit:
                self._held.popitem(last=False)
        return decoded


def none() -> Points:
    """No points."""
    np = _numpy()
    return Points(np.empty(0, "<i8"), np.empty(0, bool), np.empty(0, "<i8"), np.empty(0, "<f8"))


def _numpy() -> Any:
    import numpy as np

    return np
