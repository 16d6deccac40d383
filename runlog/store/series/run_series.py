"""All series of one run, over its writers and their segments, kept up with while it grows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runlog.errors import JournalError
from runlog.journal.decode import OverflowedPoint, PointDecoder, first_hole, value_of
from runlog.journal.format import HEADER_SIZE, OVERFLOWED_POINT, Stream
from runlog.journal.patience import written_end
from runlog.reading.chunks import SCALAR_EVENTS, event_chunk
from runlog.reading.series import is_number
from runlog.store.series.points import Points, drawn
from runlog.store.series.segments import CompactSeries, DecodedSeries, Held, SealedSeries, SegmentSeries

if TYPE_CHECKING:
    from runlog.journal.image import SegmentFile
    from runlog.journal.reader import Event, RunJournal
    from runlog.store.folder import FolderBackend

TRIES = 3
"""Looks at a folder whose files are sealed and compacted meanwhile."""


@dataclass
class Live:
    """A segment that is written to, as far as it was read."""

    decoder: PointDecoder
    series: DecodedSeries = field(default_factory=DecodedSeries)
    reached: int = HEADER_SIZE


class RunSeries:
    """The series of a run. Threads may ask for them at once."""

    def __init__(self, backend: FolderBackend, run_id: str, held: Held) -> None:
        """Nothing is read yet.

        Args:
            backend: keeps the run.
            run_id: its id.
            held: holds decoded segments.
        """
        self._journal: RunJournal = backend.journal(run_id).reader
        self._news = backend.follow(run_id, SCALAR_EVENTS | {OVERFLOWED_POINT})
        self._held = held
        self._segments: dict[tuple[str, int], SegmentSeries] = {}
        self._live: dict[tuple[str, int], Live] = {}
        self._events: dict[str, DecodedSeries] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes that are held."""
        parts: list[Any] = [
            *self._segments.values(),
            *self._events.values(),
            *(one.series for one in self._live.values()),
        ]
        return sum(part.size for part in parts)

    @contextmanager
    def of_writers(self) -> Iterator[dict[str, list[SegmentSeries]]]:
        """For each writer its stretches as of now, in the order they were logged; values that are events last.

        They stand still for the block.
        """
        with self._lock:
            for _ in range(TRIES):
                if self._catch_up():
                    break
            for event in self._news.poll():
                self._take_in(event)
            found: dict[str, list[SegmentSeries]] = {}
            for writer, number in sorted([*self._segments, *self._live]):
                key = writer, number
                part = self._segments.get(key) or self._live[key].series
                found.setdefault(writer, []).append(part)
            for writer, events in self._events.items():
                found.setdefault(writer, []).append(events)
            yield found

    def _catch_up(self) -> bool:
        """Take in what came to the points of all writers; false where files changed under it."""
        self._journal.refresh()
        self._drop_removed()
        settled = True
        for files in self._journal.writers:
            # Newest first: where one has points, its writer had left those before it, and they are read whole.
            for (stream, number), segment in sorted(files.segments.items(), reverse=True, key=lambda one: one[0]):
                if stream is Stream.POINTS:
                    settled = self._follow(files.writer_id, number, segment) and settled
        return settled

    def _drop_removed(self) -> None:
        """Let go of what is there no longer: the run was deleted, and another one may have its id."""
        writers = {files.writer_id: files for files in self._journal.writers}
        places = {
            (writer, number)
            for writer, files in writers.items()
            for stream, number in files.segments
            if stream is Stream.POINTS
        }
        for held in (self._segments, self._live):
            for key in held.keys() - places:
                del held[key]
        for writer in self._events.keys() - writers.keys():
            del self._events[writer]

    def _follow(self, writer: str, number: int, segment: SegmentFile) -> bool:
        key = writer, number
        known = self._segments.get(key)
        if not segment.sealed:
            self._read_on(writer, number, segment.label)
            return True
        try:
            if segment.path.suffix == ".compact" and not isinstance(known, CompactSeries):
                self._segments[key] = CompactSeries(segment.path)
            elif known is None:
                self._segments[key] = SealedSeries(lambda: self._decoded(writer, number), self._held)
        except FileNotFoundError:
            return False
        except (JournalError, OSError):  # the reader tells of it; here it has no points
            self._segments[key] = DecodedSeries()
        self._live.pop(key, None)
        return True

    def _decoded(self, writer: str, number: int) -> DecodedSeries:
        series, decoder = DecodedSeries(), PointDecoder(writer, self._journal.damage)
        image = self._journal.image(writer, Stream.POINTS, number)
        if image is not None:
            decoder.add(image.data, image.label, footer=image.footer)
            series.add(decoder.columns())
        return series

    def _read_on(self, writer: str, number: int, label: str) -> None:
        """Read what came to a segment that is written to."""
        live = self._live.setdefault((writer, number), Live(PointDecoder(writer, self._journal.damage)))
        image = self._journal.image(writer, Stream.POINTS, number, live.reached)
        if image is not None and image.footer is not None and live.reached > HEADER_SIZE:
            image = self._journal.image(writer, Stream.POINTS, number)  # sealed, and its checksums are of whole blocks
        if image is None:
            return
        data = image.data
        hole = first_hole(memoryview(data)[live.reached :]) if image.live else None
        if hole is not None and not self._journal.patience.is_over(label, live.reached + hole, written_end(data)):
            data = data[: live.reached + hole]
        reached = live.decoder.add(data, label, footer=image.footer, start=live.reached)
        if reached > live.reached:
            live.series.add(live.decoder.columns())
        live.reached = reached

    def _take_in(self, event: Event) -> None:
        """Take in values that are no points: lists, numbers of more than 64 bits, points that had overflowed."""
        import numpy as np

        if event.kind == OVERFLOWED_POINT:
            point = OverflowedPoint.unpack(event.payload)
            if point is None:
                return
            name, steps, times = point.name, [point.step], [point.time]
            values = [value_of(point.kind, point.bits)]
        else:
            chunk = event_chunk(event)
            if chunk is None:
                return
            name, (steps, times, values) = chunk[0], (list(chunk[1].steps), list(chunk[1].times), list(chunk[1].values))
        points = Points(
            np.array([step or 0 for step in steps], "<i8"),
            np.array([step is not None for step in steps], bool),
            np.array(times, "<i8"),
            drawn(np.array([_number(value) for value in values], "<f8")),
        )
        self._events.setdefault(event.writer, DecodedSeries()).add_points(name, points)


def _number(value: Any) -> float:
    try:
        return float(value) if is_number(value) else float("nan")
    except (OverflowError, TypeError, ValueError):
        return float("nan")
