"""What a process writes for one run: two streams, their lock, and the count of what could not be kept."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import msgspec

from runlog.errors import WrongValueError
from runlog.journal import background, clock, fork, real_time, reserve
from runlog.journal.cells import Cells
from runlog.journal.closing import put_away
from runlog.journal.definitions import Definitions, NoPreamble
from runlog.journal.events import Append, Events, Seeds, build_frame, make_append
from runlog.journal.faults import reraise_foreign
from runlog.journal.files import new_writer_id
from runlog.journal.folder import have_folder
from runlog.journal.format import (
    EVENT_MAX_PAYLOAD,
    OVERFLOWED_POINT,
    UNPLACED,
    EventFlag,
    Header,
    Lost,
    Mode,
    Stream,
    WriterFlag,
)
from runlog.journal.gate import Gate
from runlog.journal.identity import this_process
from runlog.journal.lock import WriterLock
from runlog.journal.losses import Losses
from runlog.journal.mount import mode_for
from runlog.journal.overflow import OverflowFile
from runlog.journal.points import Log, Points, exact, make_log, make_log_metrics, newest_step
from runlog.journal.respite import Respite
from runlog.journal.segment import Segment
from runlog.journal.stream import Counters, SegmentChain

RETRY_AFTER = 1.0
"""Seconds after a failure to make the files before the next record tries again."""


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
        makes_folder: bool = True,
        mode: Mode | None = None,
        on_begin: Callable[[JournalWriter], None] | None = None,
    ) -> None:
        """Prepare to write.

        Args:
            folder: the run's.
            run_id: up to 128 ASCII characters.
            guest: another process owns the run.
            late: the run has ended before.
            makes_folder: have the folder where there is none.
            mode: how to write; by default what the file system allows.
            on_begin: called when the files have been made (also in a forked child), before the first record is written.
        """
        self.folder = folder
        self.run_id = run_id
        self.closed = False
        self._flags = WriterFlag.GUEST * guest | WriterFlag.LATE * late
        self._makes_folder, self._mode, self._on_begin = makes_folder, mode, on_begin
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
        self._has_files = self._announced = False
        self._losses = Losses()
        self._respite = Respite()
        self._try_again_at = 0.0
        self._points = SegmentChain(Stream.POINTS, self._point_cells, self._definitions, self.counters, self._gate)
        self._events = SegmentChain(Stream.EVENTS, self._event_cells, NoPreamble(), self.counters, self._gate)

    # -- closures for the caller's thread ------------------------------------------------------------------------

    def make_log(self, slow: Callable[..., None]) -> Log:
        """The closure behind ``run.log``: see :func:`runlog.journal.points.make_log`."""
        return make_log(self._point_cells, self._definitions.ids, slow)

    def make_log_metrics(self, slow: Callable[..., None]) -> Log:
        """The closure behind ``run.log_metrics``: see :func:`runlog.journal.points.make_log_metrics`."""
        return make_log_metrics(self._point_cells, self._definitions.ids, slow)

    def make_append(self, kind: int, flags: int = 0) -> Append:
        """A closure that writes events of one kind: :meth:`event` for a thread that writes many."""
        if flags & EventFlag.STATE:  # which the closure would not enter into the index of state
            return lambda payload: self.event(kind, payload, flags)
        return make_append(self._event_cells, self._seeds, kind, flags, self.event)

    @property
    def newest_step(self) -> int | None:
        """The step that was logged last; None where none of the last few points has one."""
        return newest_step(self._point_cells)

    # -- records ---------------------------------------------------------------------------------------------------

    def point(self, name: str, kind: int, value: float | None, step: int | None, *, alias: str | None = None) -> bool:
        """Write a scalar.

        Args:
            name: its name, normalised.
            kind: a :class:`~runlog.journal.format.PointKind` of a value.
            value: float, int, bool, or None for a gap; it must fit the kind.
            step: an int64, or None.
            alias: the spelling for which later calls take the fast path, where it is not the name.

        Returns:
            False where it could not be kept (and was counted).

        Raises:
            WrongValueError: value or step do not fit a slot of this kind.
        """
        number = exact(kind, value, step)
        if not self._begun():
            return self._lose(points=1)
        began = real_time.monotonic_ns()
        now = began + self._point_cells.anchor  # not clock.now(): another writer may have moved it
        try:
            return self._gate.run(
                lambda: self._write_point(name, kind, number, step, now, alias),
                lambda: self._overflow_point(name, kind, number, step, now),
            )
        except OSError as error:
            return self._failed(error, began, points=1)

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
        began = real_time.monotonic_ns()
        try:
            return self._gate.run(
                lambda: self._write_event(kind, payload, flags), lambda: self._overflow_event(kind, payload, flags)
            )
        except OSError as error:
            return self._failed(error, began, events=1)

    def _write_point(
        self, name: str, kind: int, value: float | None, step: int | None, now: int, alias: str | None
    ) -> bool:
        if self.closed:
            return self._lose(points=1)
        if not self._has_files:
            return self._overflow_point(name, kind, value, step, now)
        if self._points.current is None:
            assert self._header is not None
            self._points.open(self.folder, self._header)
        Points(self._points, self._definitions).write(name, kind, value, step, now, alias)
        return True

    def _write_event(self, kind: int, payload: bytes, flags: int) -> bool:
        if self.closed:
            return self._lose(events=1)
        if not self._has_files:
            return self._overflow_event(kind, payload, flags)
        Events(self._events, self._seeds).write(self.writer_id, kind, payload, flags)
        return True

    # -- begin and end -----------------------------------------------------------------------------------------------

    def _begun(self) -> bool:
        """Have the files. False where that is not possible now, or no longer, or the disk is left alone."""
        if self._announced or self.closed:
            return not self.closed and self._respite.is_over
        if not self._has_files:
            if real_time.monotonic() < self._try_again_at:
                return False
            try:
                self._identify()
                self._gate.run(self._begin, lambda: None)  # refused: a handler logs meanwhile, and overflows
            except OSError as error:
                reraise_foreign(error)
                self.problem = error
                self._try_again_at = real_time.monotonic() + RETRY_AFTER
                return False
        if not self._announced and self._has_files:
            self._announced = True
            self._announce()
            background.tell_refusal()
        return True

    def _announce(self) -> None:
        if self._on_begin is None:
            return
        try:
            self._on_begin(self)
        except BaseException:  # a signal handler raised: the next record makes good for it
            self._announced = False
            raise

    def _identify(self) -> None:
        """Decide who writes, once: with that, records can overflow.

        This must be quick: a signal handler that logs and comes more often than this takes would never let it end.
        """
        if self._header is not None:
            return
        clock.adjust_for_new_writer()
        now, anchor = clock.now(), clock.anchor_ns
        header = Header(
            stream=Stream.EVENTS,
            segment=0,
            base=0,
            writer=new_writer_id(),
            run_id=self.run_id,
            flags=self._flags,
            wall_anchor=now,
            monotonic_anchor=now - anchor,
            **msgspec.structs.asdict(this_process()),
        )
        overflow = OverflowFile(self.folder, header)
        if self._header is None:  # else a signal handler that logs, or another thread, was here meanwhile
            self._header, self.writer_id, self._overflow = header, header.writer, overflow
            self._point_cells.anchor = anchor

    def _begin(self) -> None:
        if self._has_files or self.closed:
            return
        assert self._header is not None
        reserve.fill()
        have_folder(self.folder, makes=self._makes_folder)
        try:
            self._lock = WriterLock(self.folder, self.writer_id)
            mode = self._mode or mode_for(self.folder)
            self._header = msgspec.structs.replace(self._header, mode=mode)
            self._events.open(self.folder, self._header)
            background.watch(self)
            self._has_files = True
        except BaseException:
            if self._lock is not None:
                self._lock.remove()
                self._lock = None
            raise

    def sync(self) -> None:
        """Bring everything written so far to the disk. A fault of the disk is kept in ``problem``."""
        try:
            self._events.sync()
            self._points.sync()
        except OSError as error:
            reraise_foreign(error)
            self.problem = error

    def tick(self) -> None:
        """Each second, from the sync thread: sync, heartbeat, and the counts of what was lost."""
        if self.closed or not self._has_files:
            return
        clock.adjust_for_suspend()
        self._point_cells.anchor = max(self._point_cells.anchor, clock.anchor_ns)
        self._gate.run(self._count_removed, lambda: None)
        self.sync()
        self._gate.run(self._record_losses, lambda: None)
        reserve.fill()
        try:
            if self._lock is not None:
                self._lock.keep()
        except OSError as error:
            reraise_foreign(error)
            self.problem = error

    def close(self) -> None:
        """Seal the streams and remove the lock. Later records are refused and counted. Idempotent."""
        if self.closed:
            return
        ends = self._gate.run(self._stop, lambda: None)
        if ends is None:  # from inside the slow path: the files stay as a killed writer's do; or closed meanwhile
            return
        background.unwatch(self)
        background.wait()
        try:
            put_away(self.folder, self.writer_id, ends, self._losses, self._lock, self._overflow)
        except OSError as error:
            reraise_foreign(error)
            self.problem = error
        reserve.fill()
        background.rest()

    def _stop(self) -> list[tuple[Segment, int]] | None:
        if self.closed:
            return None
        self.closed = True
        self._count_removed()
        self._record_losses()
        return [end for end in (self._events.stop(), self._points.stop()) if end is not None]

    def forget(self) -> None:
        """In a forked child: drop the parent's files, and begin with own ones at the next record."""
        self._points.forget()
        self._events.forget()
        self._definitions.restart()
        self._seeds.known.clear()
        if self._lock is not None:
            self._lock.drop()
        if self._overflow is not None:
            self._overflow.close()
        self._flags |= WriterFlag.GUEST
        self._makes_folder = self._makes_folder and not self._has_files  # else there is one, or it was removed
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

    def _failed(self, error: OSError, began: int, points: int = 0, events: int = 0) -> bool:
        reraise_foreign(error)
        self._respite.failed((real_time.monotonic_ns() - began) * 1e-9)
        self.problem = error
        self._losses.add(points, events)
        if not self._losses.is_recorded:  # the first loss is on disk at once, later ones each second
            self._gate.run(self._record_losses, lambda: None)
        return False

    def _count_removed(self) -> None:
        for chain in (self._events, self._points):
            lost = chain.give_up_removed()
            if any(lost):
                self._losses.add(*lost)
                self.problem = FileNotFoundError(errno.ENOENT, "its files were removed", str(self.folder))

    def _record_losses(self) -> None:
        if self._events.current is None:
            return
        try:
            self._losses.record(self._events.current)
        except OSError as error:
            reraise_foreign(error)
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
            reraise_foreign(error)
            self.problem = error
            return False
        return True
