"""A stream: the chain of segments that one kind of record is written to.

What is written in the caller's thread is in :mod:`runlog.journal.points` and :mod:`runlog.journal.events`: a few lines
that reserve a place and store into the mapping, without a lock. This module moves those lines from segment to segment.
Everything here runs under the writer's gate, but for what is asked of the background.
"""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from runlog.journal import background
from runlog.journal.cells import CLOSED, Cells
from runlog.journal.faults import reraise_foreign
from runlog.journal.files import segment_name
from runlog.journal.format import EVENT_POSITION_AT, POINT_MARK_AT, Header, Lost, Mode, Stream
from runlog.journal.gate import Gate
from runlog.journal.removed import records_in
from runlog.journal.segment import Segment, split_mark

MIB = 1 << 20
SEGMENT_SIZES = (MIB, 4 * MIB, 16 * MIB, 64 * MIB)
AHEAD = MIB
"""Bytes that are kept zero-filled beyond what is written."""
SLACK = 64 * 1024
"""Bytes kept free before every limit: threads between their check and their reservation may overshoot it."""
_MARK_AT = {Stream.POINTS: POINT_MARK_AT, Stream.EVENTS: EVENT_POSITION_AT}
"""Where in a record the 4 bytes stand that make it visible, and are stored last."""
HAS_GIL: bool = getattr(sys, "_is_gil_enabled", lambda: True)()


class Preamble(Protocol):
    """What stands at the start of each segment of a stream."""

    @property
    def size(self) -> int:
        """Bytes that it takes."""

    def fill(self, segment: Segment) -> None:
        """Write what the segment lacks of it. Nobody else writes to the segment yet."""


class Counters:
    """What happened in the slow path and should be rare."""

    def __init__(self) -> None:
        self.inline_growths = 0
        self.overflowed = 0


class SegmentChain:
    """The segments of one stream of one writer."""

    def __init__(
        self,
        stream: Stream,
        cells: Cells,
        preamble: Preamble,
        counters: Counters,
        gate: Gate,
    ) -> None:
        self.stream = stream
        self.current: Segment | None = None
        self.through_file = False
        """Records go through ``write`` calls instead of the mapping."""
        self._cells = cells
        self._preamble = preamble
        self._counters = counters
        self._gate = gate
        self._next: Segment | None = None
        self._making = threading.Lock()
        self._growing = False
        self._is_removed = False
        self._synced: tuple[Segment | None, int] = (None, 0)
        self._folder = Path()
        self._header: Header | None = None

    def open(self, folder: Path, header: Header) -> None:
        """Make the first segment.

        Raises:
            OSError: it can't be made in either mode.
        """
        self._folder = folder
        self._header = msgspec.structs.replace(header, stream=self.stream)
        self._enter(self._create(0, 0))

    def make_room(self, size: int) -> None:
        """Have room for ``size`` bytes, in this segment or the next.

        Raises:
            OSError: no further segment can be made, or the files were removed.
        """
        if self._is_removed:
            raise FileNotFoundError(errno.ENOENT, "its files were removed", str(self._folder))
        if self._cells.offset + size > self._segment().size - SLACK:
            self._roll(size)
        segment = self._segment()
        if self.through_file:
            return
        end = self._cells.offset + size
        if end > segment.zeroed - SLACK:
            self._grow_inline(segment, end)
        elif not self._growing and end > _growth_point(segment):
            self._growing = True
            background.ask(self._grow)
        if not self.through_file:
            self._cells.highest = self._highest(segment, growing=self._growing)

    @property
    def writer(self) -> str:
        """The id of the writer whose stream it is."""
        assert self._header is not None
        return self._header.writer

    def put(self, size: int, build: Callable[[int], bytes]) -> None:
        """Write a record.

        Args:
            size: of the record, in bytes.
            build: makes the record for a place; it may be asked again, for another.

        Raises:
            OSError: no space. The place stays free.
        """
        mark_at = _MARK_AT[self.stream]
        while True:
            self.make_room(size)
            place = self._cells.offset
            end = place + size
            data = build(place)
            if self.through_file:
                if self._put_through_file(place, end, data):
                    return
            elif end <= self._segment().zeroed:  # else threads that were past their check took what there was
                body, mark = split_mark(data, mark_at)
                if self._cells.put(place, end, body, place + mark_at, mark):
                    return

    def _put_through_file(self, place: int, end: int, data: bytes) -> bool:
        segment = self._segment()
        try:
            if not self._cells.take(place, end):  # threads were past their check when the mapping ran out of room
                return False
            segment.write_record(data, place, _MARK_AT[self.stream])
        except OSError as error:
            if error.errno is None:  # as below
                self._finish(segment, place, end, data)
            elif self._cells.give_back(place, end):  # what was written of it must not stand before the next record
                segment.wipe(place, end)
            raise
        except BaseException:
            self._finish(segment, place, end, data)
            raise
        return True

    def _finish(self, segment: Segment, place: int, end: int, data: bytes) -> None:
        """A signal handler raises in the middle: what was begun is finished, so that no hole stays behind."""
        if self._cells.offset >= end:
            segment.write_record(data, place, _MARK_AT[self.stream])

    def sync(self) -> None:
        """Bring the current segment to the disk, if anything came since the last time.

        Raises:
            OSError: the disk failed, or the file is gone.
        """
        segment, reached = self.current, (self.current, self._cells.offset)
        if segment is None or reached == self._synced:
            return
        try:
            segment.sync()
        except FileNotFoundError:
            if self.current is segment:  # else it was sealed, and so renamed, meanwhile
                raise
        self._synced = reached

    def give_up_removed(self) -> Lost:
        """What the current segment held, where somebody has removed its file. Then nothing more is taken."""
        segment = self.current
        if segment is None or self._is_removed or not segment.is_removed:
            return Lost(0, 0)
        self._is_removed = True
        end = self._cells.close()
        try:
            return records_in(segment.read(end), self.stream)
        except OSError:  # nobody can say any more
            return Lost(0, 0)

    def stop(self) -> tuple[Segment, int] | None:
        """Take no more records. Returns the last segment and its end, to be sealed or packed."""
        segment, self.current = self.current, None
        end = self._cells.close()
        with self._making:
            if self._next is not None:
                self._next.abandon()
                self._next = None
        return None if segment is None else (segment, end)

    def forget(self) -> None:
        """In a forked child: these files are the parent's. Nothing of theirs is touched."""
        self._cells.close()
        for segment in (self.current, self._next):
            if segment is not None:
                segment.release()

    def _segment(self) -> Segment:
        assert self.current is not None
        return self.current

    def _create(self, number: int, base: int) -> Segment:
        assert self._header is not None
        header = msgspec.structs.replace(self._header, segment=number, base=base)
        size = SEGMENT_SIZES[min(number, len(SEGMENT_SIZES) - 1)]
        if 4 * self._preamble.size > size:
            size = (4 * self._preamble.size + MIB - 1) // MIB * MIB
        if header.mode is Mode.MMAP:
            try:
                return self._file(header, size)
            except OSError as error:  # no space for its first blocks, or no address space: a file grows by need
                reraise_foreign(error)
                header = msgspec.structs.replace(header, mode=Mode.APPEND)
        return self._file(header, size)

    def _file(self, header: Header, size: int) -> Segment:
        """A new segment, in place of one that was made and never entered (a signal handler raised in between)."""
        path = self._folder / segment_name(header.writer, header.stream, header.segment, sealed=False)
        with suppress(FileNotFoundError):
            path.unlink()
        return Segment(self._folder, header, size)

    def _enter(self, segment: Segment) -> int:
        """Let records go to ``segment`` from now on; returns the end of the one before.

        Nothing that calls stands between the stores: a signal handler sees all or none of them.
        """
        cells, highest = self._cells, self._highest(segment, growing=False)
        view, start = segment.view, segment.start
        through_file = view is None
        reached = cells.offset
        self.current, self._growing, self.through_file = segment, False, through_file
        cells.view, cells.offset, cells.highest = view, start, highest
        return reached

    def _highest(self, segment: Segment, *, growing: bool) -> int:
        """How far the caller's lines may run: to where they ask for growth, or, once they did, to where room ends."""
        if segment.view is None or not HAS_GIL:
            return CLOSED
        return segment.zeroed - SLACK if growing else _growth_point(segment)

    def _grow_inline(self, segment: Segment, end: int) -> None:
        self._counters.inline_growths += 1
        try:
            segment.zero_to(end + SLACK + AHEAD // 4)
        except OSError as error:
            reraise_foreign(error)
            if end > segment.zeroed - SLACK:
                segment.take_no_more_room()  # the background may be at it still, and wipe out what is written then
                self.through_file = True
                self._cells.highest = CLOSED

    def _grow(self) -> None:
        """In the background: zero-fill ahead; where that is done up to the segment's end, prepare the next."""
        segment = self.current
        if segment is None or self.through_file:
            return
        try:
            self._gate.aside(lambda: self._extend(segment))
        except OSError:  # the caller's slow path meets the same fault, and decides
            return
        self._gate.run(lambda: self._grown(segment), lambda: None)

    def _extend(self, segment: Segment) -> None:
        if segment.zeroed < segment.size:
            segment.zero_to(max(segment.zeroed, self._cells.offset) + AHEAD)
        else:
            self._have_successor(segment)

    def _have_successor(self, segment: Segment) -> None:
        """Make the segment after this one, unless it is there or no longer wanted."""
        with self._making:
            if self._next is None and self.current is segment:
                self._next = self._create(segment.header.segment + 1, segment.header.base + segment.size)

    def _grown(self, segment: Segment) -> None:
        if self.current is not segment or self.through_file:
            return
        if self._next is not None:
            self._preamble.fill(self._next)
        self._growing = self._next is not None
        self._cells.highest = self._highest(segment, growing=self._growing)

    def _roll(self, size: int) -> None:
        """Go on in the next segment; the one before is sealed in the background."""
        old = self._segment()
        if self._next is None:
            self._counters.inline_growths += 1
            self._have_successor(old)
        segment = self._next
        assert segment is not None
        if segment.start + self._preamble.size + size > segment.size - SLACK:  # names have been added since it was made
            segment.abandon()
            self._next = segment = self._create(old.header.segment + 1, old.header.base + old.size)
        self._preamble.fill(segment)
        end = self._enter(segment)
        self._next = None
        background.ask(lambda: _seal(old, end))


def _growth_point(segment: Segment) -> int:
    """Where growth is asked for, so that it is done when room ends."""
    return segment.zeroed - max(SLACK, min(segment.zeroed, AHEAD) * 3 // 4)


def _seal(segment: Segment, end: int) -> None:
    try:
        segment.seal(end)
    except OSError:  # stays .open and readable; whoever recovers the run seals it
        segment.release()
