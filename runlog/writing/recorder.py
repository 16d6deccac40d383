"""Everything that one process writes to one run: its journal writer, and the kinds of the names it logged."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping

import msgspec

from runlog.backend import Backend, RunWriter
from runlog.journal import clock, fork
from runlog.journal.format import EVENT_MAX_PAYLOAD, EventFlag
from runlog.records import (
    LABEL_KINDS,
    STATE_KINDS,
    BlobPointer,
    EventKind,
    RunOpened,
    SeriesDescribed,
    encode,
    kind_of,
)
from runlog.redaction import process as redaction
from runlog.writing.kinds import SCALAR, MetricKinds
from runlog.writing.level_requests import LevelRequests
from runlog.writing.remedies import remedy_for
from runlog.writing.rows import KnownRows
from runlog.writing.scalars import make_slow_log, make_slow_log_metrics
from runlog.writing.spellings import Spellings

_logger = logging.getLogger("runlog")
_in_child: list[Callable[[], None]] = []


def in_child(action: Callable[[], None]) -> None:
    """Have a function called in a forked child, when it first writes to a run of its parent."""
    _in_child.append(action)


class RunRecorder:
    """Writes a run from this process; all ``Run`` objects of one run in a process share it.

    After :meth:`close` it goes on in a new pair of streams, marked late, and says so once.
    """

    def __init__(self, backend: Backend, opened: RunOpened, *, fresh: bool, late: bool = False) -> None:
        """Prepare to write; nothing is on disk before the first record.

        Args:
            backend: keeps the run.
            opened: what the RUN event of each writer says; process and time are filled in.
            fresh: nobody else has written to the run.
            late: the run has ended before.
        """
        self.backend = backend
        self.run_id = opened.run_id
        self.opened = opened
        self.rank = opened.rank
        self.kinds = MetricKinds(None if fresh else self._earlier_kinds)
        self.names: dict[str, str] = {}
        """Each spelling of a metric's name that came, and the one that is kept."""
        self.spellings = Spellings("metric name")
        self.logged_step: int | None = None
        self.pid = os.getpid()
        self.successor: RunRecorder | None = None
        """The recorder with which this process took the run up that it was a guest of."""
        self.end_callbacks: list[Callable[..., object]] = []
        """What ``run.on_end`` was given, in the order it came."""
        self._guard = threading.RLock()
        self._level_requests = LevelRequests(self)
        self._told_late = self._told_loss = False
        self._told_singly = 0
        self._late: RunWriter | None = None
        self._late_is_begun = self._late_is_expected = False
        self.writer = backend.open_writer(self.run_id, guest=not opened.owner, late=late, on_begin=self._begin)
        self.log = self.writer.make_log(make_slow_log(self))
        """What ``run.log`` is: the journal's closure itself."""
        self.log_metrics = self.writer.make_log_metrics(make_slow_log_metrics(self))
        self.append_log = self.writer.make_append(EventKind.LOG)
        self.rows = KnownRows(self)
        fork.watch(self)

    @property
    def is_owner(self) -> bool:
        """Whether this process owns the run."""
        return self.opened.owner and os.getpid() == self.pid

    def forget(self) -> None:
        """In a forked child: another thread of the parent may have held the lock."""
        self._guard = threading.RLock()

    def append_late_log(self, payload: bytes) -> bool:
        """What takes the place of ``append_log`` after the end."""
        return self.write_event(EventKind.LOG, payload)

    def note_step(self, step: int | None) -> int | None:
        """Remember a step that was logged outside the points; returns it."""
        if step is not None:
            self.logged_step = step
        return step

    # -- records -----------------------------------------------------------------------------------------------------

    def point(self, name: str, kind: int, value: float | None, step: int | None, alias: str | None = None) -> bool:
        """Write a scalar that fits a point."""
        self.note_step(step)
        kept = self.open_writer().point(name, kind, value, step, alias=alias)
        return kept or self._tell_loss()

    def write(self, payload: msgspec.Struct) -> bool:
        """Write an event that :mod:`runlog.records` has a payload for."""
        kind = kind_of(payload)  # type: ignore[arg-type]
        return self.write_event(kind, encode(payload), EventFlag.STATE if kind in STATE_KINDS else 0)

    def write_event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write an event without its secrets; a payload too long for the journal goes into a blob.

        False: it could not be kept.
        """
        writer = self.open_writer(expected=kind in LABEL_KINDS)
        try:
            payload, flags = fit_event(self.backend, redaction.clean(kind, payload), flags)
        except OSError as error:
            return self.lose(error, events=1)
        return writer.event(kind, payload, flags) or self._tell_loss()

    def describe(self, name: str, kind: str, description: str) -> None:
        """Use a name for a kind, and keep what is new about it.

        Raises:
            MetricKindError: the name is of another kind.
        """
        if self.kinds.claim(name, kind, description):
            known = self.kinds.kind(name)
            self.write(SeriesDescribed(time=clock.now(), name=name, kind=known, description=description))

    @property
    def last_step(self) -> int | None:
        """The step that was last logged by this process; None where there is none, or not among the last few points."""
        step = self.writer.newest_step
        return self.logged_step if step is None else step

    # -- what could not be kept --------------------------------------------------------------------------------------

    @property
    def lost(self) -> tuple[int, int]:
        """Points and events that this process could not keep."""
        writers = [self.writer] if self._late is None else [self.writer, self._late]
        return sum(one.lost.points for one in writers), sum(one.lost.events for one in writers)

    @property
    def writer_ids(self) -> set[str]:
        """The writers whose losses :attr:`lost` counts."""
        return {self.writer.writer_id} | ({self._late.writer_id} if self._late is not None else set())

    def lose(self, error: OSError, *, points: int = 0, events: int = 0) -> bool:
        """Count what could not even be handed to the writer; returns False."""
        self.writer.count_lost(points, events)
        return self._tell_loss(error)

    def take_back_loss(self) -> None:
        """Count an event less: it was refused because the run had just ended, and went elsewhere."""
        self.writer.count_lost(events=-1)

    def leave_out(self) -> None:
        """Count one thing that can't be kept, of which the caller tells: the place has nothing to do with it."""
        self.writer.count_lost(events=1)
        self._told_singly += 1

    def _tell_loss(self, error: OSError | None = None) -> bool:
        if not self._told_loss:
            self._told_loss = True
            problem = error or self._newest_writer.problem
            _logger.warning(
                "run %s: not everything can be kept in %s (%s). The program goes on; run.dropped counts what is "
                "missing. %s",
                self.run_id,
                self.backend.describe_run(self.run_id),
                problem or "see the logger runlog.journal",
                remedy_for(problem),
            )
        return False

    def tell_losses(self) -> None:
        """Say that something was lost, if that has not been said."""
        if sum(self.lost) > self._told_singly:
            self._tell_loss()

    @property
    def _newest_writer(self) -> RunWriter:
        """The one that was opened last; none is opened for this."""
        return self.writer if self._late is None else self._late

    # -- begin and end -----------------------------------------------------------------------------------------------

    def open_writer(self, *, expected: bool = False) -> RunWriter:
        """The writer that takes records now: after the end, one that is marked late.

        Args:
            expected: what is written belongs after the end as well as before, so that nothing is said of it.
        """
        if not self.writer.closed:
            return self.writer
        if self.successor is not None:
            return self.successor.open_writer(expected=expected)
        with self._guard:
            if self._late is None or self._late.closed:
                self._late_is_begun = False
                self._late = self.backend.open_writer(self.run_id, guest=True, late=True, on_begin=self._begin)
        self._late_is_expected = expected
        if self._late_is_begun:
            self._tell_late()
        return self._late

    def _tell_late(self) -> None:
        """Say once that something comes late, which is kept: not before it is known that it can be."""
        if not self._told_late and not self._late_is_expected:
            self._told_late = True
            _logger.warning(
                "run %s is logged to after its end: this is kept, marked late. Log before run.complete() or the end of "
                "`with run:`, or resume the run.",
                self.run_id,
            )

    def _begin(self, writer: RunWriter) -> None:
        """The RUN event of a writer's first moment, also in a forked child, which owns nothing."""
        owner = self.is_owner and writer is self.writer
        opened = msgspec.structs.replace(
            self.opened, time=clock.now(), pid=os.getpid(), owner=owner, argv=self.opened.argv if owner else []
        )
        writer.event(EventKind.RUN, redaction.clean(EventKind.RUN, encode(opened)), EventFlag.STATE)
        if os.getpid() != self.pid:
            for action in _in_child:
                action()
        self._level_requests.begin()
        if writer is self._late:
            self._late_is_begun = True
            self._tell_late()

    def _earlier_kinds(self) -> Mapping[str, str]:
        """Kinds of the names in the run's journal as it is now."""
        kinds: dict[str, str] = {}
        try:
            for columns in self.backend.journal(self.run_id).points():
                kinds.update(dict.fromkeys(columns.names, SCALAR))
            kinds.update({name: one.kind for name, one in self.backend.state(self.run_id).series.items()})
        except Exception:  # another version's journal, a damaged disk: logging goes on with what this process knows
            _logger.debug("the kinds of earlier metrics of run %s can't be read", self.run_id, exc_info=True)
        return kinds

    def sync(self) -> None:
        """Bring everything to the disk."""
        for writer in (self.writer, self._late):
            if writer is not None and not writer.closed:
                writer.sync()

    def close(self) -> None:
        """Seal the streams. What comes later is late."""
        self._level_requests.end()
        self.writer.close()
        if self._late is not None:
            self._late.close()
        self.tell_losses()

    def move_to(self, backend: Backend) -> None:
        """Let what comes after the end go to another place, without a word: the run's own is about to vanish."""
        self.backend = backend
        self._told_late = True

    def close_late(self) -> None:
        """Seal what was written after the end, when the process goes."""
        if self._late is not None:
            self._late.close()


def fit_event(backend: Backend, payload: bytes, flags: int) -> tuple[bytes, int]:
    """What an event's frame holds: the payload, or where it is too long, the name of a blob with it.

    Raises:
        OSError: the blob can't be written.
    """
    if len(payload) <= EVENT_MAX_PAYLOAD:
        return payload, flags
    blob = backend.put_blob(payload)
    return encode(BlobPointer(sha256=blob.sha256, size=blob.size)), flags | EventFlag.BLOB
