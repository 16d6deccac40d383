"""What a process writes for one run: two streams, their lock, and the count of what could not be kept."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from runlog.errors import WrongValueError
from runlog.journal import background, clock, fork
from runlog.journal.cells import Cells
from runlog.journal.definitions import Definitions, NoPreamble
from runlog.journal.events import Append, Seeds, build_frame, make_append
from runlog.journal.files import new_writer_id, pack_name
from runlog.journal.format import (
    EVENT_MAX_PAYLOAD,
    EVENT_POSITION_AT,
    HAS_STEP,
    HEADER_SIZE,
    OVERFLOWED_POINT,
    POINT,
    POINT_INT,
    POINT_SIZE,
    POINT_UINT,
    POSITION,
    UNPLACED,
    EventFlag,
    Header,
    Lost,
    Mode,
    PointKind,
    Stream,
    WriterFlag,
    check,
    definition_size,
    pack_definition,
    pack_parts,
)
from runlog.journal.gate import Gate
from runlog.journal.identity import this_process
from runlog.journal.lock import WriterLock
from runlog.journal.losses import Losses
from runlog.journal.mount import mode_for
from runlog.journal.overflow import OverflowFile
from runlog.journal.points import Log, make_log, make_log_metrics
from runlog.journal.segment import Segment, fits_pack
from runlog.journal.stream import Counters, SegmentChain

RETRY_AFTER = 1.0
"""Seconds after a failure to make the files before the next record tries again."""
HEARTBEAT = 20.0
_PACKERS = {PointKind.INT: POINT_INT, PointKind.UINT: POINT_UINT, PointKind.BOOL: POINT_UINT}


class JournalWriter:
    """Writes a run's records from this process.

    Nothing is on disk before the first record. After a fork the same object writes the child's own files.
    No method waits for another process, and none raises because of the disk: what could not be kept is counted.
    """

    def __init__(
        self,
        folder: Path,
        run_id: str,
        *,
        guest: bool = False,
        late: bool = False,
        mode: Mode | None = None,
        on_begin: Callable[[JournalWriter], None] | None = None,
    ) -> None:
        """Prepare to write.

        Args:
            folder: the run's folder; made with the first record.
            run_id: up to 128 ASCII characters.
            guest: another process owns the run.
            late: the run has ended before.
            mode: how to write; by default what the file system allows.
            on_begin: called when the files have been made (again in a forked child), before the record that
                caused it is written.
        """
        self.folder = folder
        self.run_id = run_id
        self.closed = False
        self._flags = WriterFlag.GUEST * guest | WriterFlag.LATE * late
        self._mode = mode
        self._on_begin = on_begin
        self._definitions = Definitions()
        self._seeds = Seeds()
        self._point_cells, self._event_cells = Cells(), Cells()
        self._reset()
        fork.watch(self)

    def _reset(self) -> None:
        self.writer_id = ""
        self.counters = Counters()
        self.problem: OSError | None = None
        """The newest fault of the disk."""
        self._gate = Gate()
        self._lock: WriterLock | None = None
        self._overflow: OverflowFile | None = None
        self._header: Header | None = None
        self._losses = Losses()
        self._try_again_at = self._beat_at = 0.0
        self._points = SegmentChain(Stream.POINTS, self._point_cells, self._definitions, self.counters, self._gated)
        self._events = SegmentChain(Stream.EVENTS, self._event_cells, NoPreamble(), self.counters, self._gated)

    # -- closures for the caller's thread ------------------------------------------------------------------------

    def make_log(self, slow: Callable[..., None]) -> Log:
        """The closure behind ``run.log``: see :func:`runlog.journal.points.make_log`."""
        return make_log(self._point_cells, self._definitions.ids, slow)

    def make_log_metrics(self, slow: Callable[..., None]) -> Log:
        """The closure behind ``run.log_metrics``: see :func:`runlog.journal.points.make_log_metrics`."""
        return make_log_metrics(self._point_cells, self._definitions.ids, slow)

    def make_append(self, kind: int, flags: int = 0) -> Append:
        """A closure that writes events of one kind: :meth:`event` for a thread that writes many."""
        return make_append(self._event_cells, self._seeds, kind, flags, self.event)

    # -- records ---------------------------------------------------------------------------------------------------

    def point(self, name: str, kind: int, value: float | None, step: int | None, *, alias: str | None = None) -> bool:
        """Write a scalar.

        Args:
            name: its name, normalised.
            kind: a :class:`~runlog.journal.format.PointKind` of a value.
            value: float, int, bool, or None for a gap; it must fit the kind.
            step: an int64, or None.
            alias: another spelling of the name, for which later calls take the fast path too.

        Returns:
            False where it could not be kept (and was counted).
        """
        now = clock.now()
        if not self._begun():
            return self._lose(points=1)
        if not self._gate.enter():
            return self._overflow_point(name, kind, value, step, now)
        try:
            series = self._series(name, now)
            if alias is not None:
                self._definitions.ids[alias] = series
            self._points.make_room(POINT_SIZE)
            position = self._point_cells.reserve(POINT_SIZE)
            kind_flags = kind | (0 if step is None else HAS_STEP << 8)
            number = 0.0 if value is None else value
            pack = _PACKERS.get(PointKind(kind), POINT).pack
            record = pack(step or 0, now, number, series, kind_flags, check(now, series, position))
            return self._points.store(position, record)
        except OSError as error:
            return self._failed(error, points=1)
        finally:
            self._gate.leave()

    def event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write an event.

        Args:
            kind: of the event, not 0.
            payload: at most 1 MiB.
            flags: an :class:`~runlog.journal.format.EventFlag`.

        Returns:
            False where it could not be kept (and was counted).

        Raises:
            WrongValueError: the payload is too long: it belongs into a blob.
        """
        if len(payload) > EVENT_MAX_PAYLOAD:
            raise WrongValueError(f"an event has {len(payload)} bytes, over {EVENT_MAX_PAYLOAD}: put it into a blob")
        if not self._begun():
            return self._lose(events=1)
        if not self._gate.enter():
            return self._overflow_event(kind, payload, flags)
        try:
            frame = build_frame(self._seeds.of(self.writer_id, kind, flags), kind, flags, payload, 0)
            self._events.make_room(len(frame))
            position = self._event_cells.reserve(len(frame))
            if flags & EventFlag.STATE and self._events.current is not None:
                self._events.current.state_offsets.append(position)
            return self._store_frame(position, frame)
        except OSError as error:
            return self._failed(error, events=1)
        finally:
            self._gate.leave()

    def _store_frame(self, position: int, frame: bytes) -> bool:
        placed = POSITION.pack(position)
        if self._events.through_file:
            return self._events.store(position, frame[:EVENT_POSITION_AT] + placed + frame[EVENT_POSITION_AT + 4 :])
        self._events.store(position, frame)
        return self._events.store(position + EVENT_POSITION_AT, placed)

    def _series(self, name: str, now: int) -> int:
        series = self._definitions.ids.get(name)
        if series is not None:
            return series
        if self._points.current is None:
            assert self._header is not None
            self._points.open(self.folder, self._header)
        spelled = name.encode("utf-8", "replace")
        size = definition_size(spelled)
        self._points.make_room(size)
        position = self._point_cells.reserve(size)
        series = self._definitions.next_series()
        self._points.store(position, pack_definition(spelled, series, now, position))
        assert self._points.current is not None
        return self._definitions.add(name, spelled, self._points.current)

    # -- begin and end -----------------------------------------------------------------------------------------------

    def _begun(self) -> bool:
        """Have the files. False where that is not possible now, or no longer."""
        if self._header is not None or self.closed:
            return not self.closed
        if time.monotonic() < self._try_again_at or not self._gate.enter():
            return False
        try:
            first = self._header is None
            if first:
                self._begin()
        except OSError as error:
            self.problem = error
            self._try_again_at = time.monotonic() + RETRY_AFTER
            if self._lock is not None:
                self._lock.remove()
                self._lock = None
            return False
        finally:
            self._gate.leave()
        if first and self._on_begin is not None:
            self._on_begin(self)
        return True

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        mode = self._mode or mode_for(self.folder)
        clock.adjust_for_new_writer()
        self.writer_id = new_writer_id()
        self._lock = WriterLock(self.folder, self.writer_id)
        now, anchor = clock.now(), clock.anchor_ns
        self._point_cells.anchor = anchor
        header = Header(
            stream=Stream.EVENTS,
            segment=0,
            base=0,
            writer=self.writer_id,
            run_id=self.run_id,
            mode=mode,
            flags=self._flags,
            wall_anchor=now,
            monotonic_anchor=now - anchor,
            **this_process()._asdict(),
        )
        self._events.open(self.folder, header)
        self._overflow = OverflowFile(self.folder, header)
        self._header = header
        background.watch(self)

    def sync(self) -> None:
        """Bring everything written so far to the disk. A fault of the disk is kept in ``problem``."""
        try:
            self._events.sync()
            self._points.sync()
        except OSError as error:
            self.problem = error

    def tick(self) -> None:
        """Each second, from the sync thread: sync, heartbeat, and the counts of what was lost."""
        if self.closed or self._header is None:
            return
        clock.adjust_for_suspend()
        self._point_cells.anchor = max(self._point_cells.anchor, clock.anchor_ns)
        self.sync()
        self._gated(self._record_losses)
        if self._lock is not None and time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + HEARTBEAT
            self._lock.beat()

    def close(self) -> None:
        """Seal the streams and remove the lock. Later records are refused and counted. Idempotent."""
        if self.closed or not self._gate.enter():  # from inside the slow path: the files stay as a killed writer's do
            return
        try:
            self.closed = True
            self._record_losses()
            ends = [end for end in (self._events.stop(), self._points.stop()) if end is not None]
        finally:
            self._gate.leave()
        background.unwatch(self)
        background.wait()
        try:
            self._finish(ends)
        except OSError as error:
            self.problem = error

    def _finish(self, ends: list[tuple[Segment, int]]) -> None:
        used = [(segment, end) for segment, end in ends if end > HEADER_SIZE]
        for segment, end in ends:
            if end <= HEADER_SIZE:
                segment.abandon()
        only = all(segment.header.segment == 0 for segment, _ in used)
        if used and only and fits_pack(sum(end for _, end in used)):
            self._pack(used)
        else:
            for segment, end in used:
                segment.seal(end)
        if self._lock is not None:
            self._lock.remove()

    def _pack(self, used: list[tuple[Segment, int]]) -> None:
        path = self.folder / pack_name(self.writer_id)
        draft = path.with_name(path.name + ".tmp")
        with draft.open("wb") as file:
            file.write(pack_parts([segment.sealed_image(end) for segment, end in used]))
            file.flush()
            getattr(os, "fdatasync", os.fsync)(file.fileno())
        draft.replace(path)
        for segment, _ in used:
            segment.abandon()

    def forget(self) -> None:
        """In a forked child: drop the parent's files, and begin with own ones at the next record."""
        self._points.forget()
        self._events.forget()
        self._definitions.restart()
        self._seeds.known.clear()
        if self._lock is not None:
            self._lock.drop()
        self._reset()

    # -- what could not be kept --------------------------------------------------------------------------------------

    @property
    def lost(self) -> Lost:
        """Points and events that this process could not keep."""
        return self._losses.lost

    def count_lost(self, points: int = 0, events: int = 0) -> None:
        """Count what a layer above could not hand over."""
        self._losses.add(points, events)

    def _lose(self, points: int = 0, events: int = 0) -> bool:
        self._losses.add(points, events)
        return False

    def _failed(self, error: OSError, points: int = 0, events: int = 0) -> bool:
        self.problem = error
        self._losses.add(points, events)
        if not self._losses.is_recorded:  # the first loss is on disk at once, later ones each second
            self._record_losses()
        return False

    def _record_losses(self) -> None:
        if self._events.current is None:
            return
        try:
            self._losses.record(self._events.current)
        except OSError as error:
            self.problem = error

    def _overflow_event(self, kind: int, payload: bytes, flags: int) -> bool:
        return self._overflowed(kind, payload, flags) or self._lose(events=1)

    def _overflow_point(self, name: str, kind: int, value: float | None, step: int | None, now: int) -> bool:
        payload = msgspec.msgpack.encode((name, kind, value, step, now))
        return self._overflowed(OVERFLOWED_POINT, payload, 0) or self._lose(points=1)

    def _overflowed(self, kind: int, payload: bytes, flags: int) -> bool:
        if self._overflow is None:
            return False
        self.counters.overflowed += 1
        try:
            seed = self._seeds.of(self.writer_id, kind, flags)
            self._overflow.write(build_frame(seed, kind, flags, payload, UNPLACED))
        except OSError as error:
            self.problem = error
            return False
        return True

    def _gated(self, action: Callable[[], None]) -> None:
        """Run an action of a background thread inside the gate."""
        if self._gate.enter():
            try:
                action()
            finally:
                self._gate.leave()
