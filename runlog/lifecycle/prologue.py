"""Records that belong to no run: the process's own journal, and how it becomes the first run's prologue."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from runlog import context, own_log
from runlog.backend import Backend, RunWriter
from runlog.errors import RunLogError
from runlog.journal import clock, fork
from runlog.journal.files import new_writer_id
from runlog.journal.format import EventFlag
from runlog.journal.identity import host
from runlog.lifecycle import joining
from runlog.records import EventKind, RunOpened, encode
from runlog.redaction import process as redaction
from runlog.writing.recorder import fit_event

if TYPE_CHECKING:
    from runlog.run import Run

PROLOGUE_RECORDS = 10_000
PROLOGUE_BYTES = 16 << 20
"""The prologue keeps the newest records within both limits; the process's own journal keeps all."""
NO_RUN = "-"
"""What stands for a run's name and experiment outside any run."""


class ProcessTarget:
    """Takes what is recorded outside any run."""

    name = NO_RUN
    experiment_name = NO_RUN
    step: int | None = None
    is_open = True
    _is_guest = False

    def __init__(self, backend: Backend) -> None:
        """Nothing is made before the first record."""
        self._backend = backend
        self.id = new_writer_id()
        self.rank = joining.rank()
        self._writer = backend.open_process_writer(self.id, self._begin)
        self._recent: deque[tuple[int, bytes]] | None = deque(maxlen=PROLOGUE_RECORDS)
        self._recent_bytes = 0
        fork.watch(self)

    def _begin(self, writer: RunWriter) -> None:
        opened = RunOpened(
            time=clock.now(), run_id=self.id, experiment="", owner=True, host=host(), pid=os.getpid(), rank=self.rank
        )
        writer.event(EventKind.RUN, encode(opened), EventFlag.STATE)

    def append_log(self, payload: bytes) -> bool:
        """Write a log record."""
        return self.write_event(EventKind.LOG, payload)

    def write_event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write an event, and remember it for the prologue of the first run."""
        if self._writer.closed:  # logged after the end of the process began
            self._writer = self._backend.open_process_writer(self.id, self._begin)
        payload = redaction.clean(kind, payload)
        self._remember(kind, payload)
        try:
            self._backend.prepare()
            payload, flags = fit_event(self._backend, payload, flags)
        except (RunLogError, OSError):  # no disk, or a folder of another program's: `start` says so
            self._writer.count_lost(events=1)
            return False
        return self._writer.event(kind, payload, flags)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Nothing to do: outside a run the log record that brought the metrics keeps them."""

    def take_back_loss(self) -> None:
        """Count an event less as lost."""
        self._writer.count_lost(events=-1)

    def _remember(self, kind: int, payload: bytes) -> None:
        recent = self._recent
        if recent is None:
            return
        if len(recent) == PROLOGUE_RECORDS:
            self._recent_bytes -= len(recent[0][1])
        recent.append((kind, payload))
        self._recent_bytes += len(payload)
        while self._recent_bytes > PROLOGUE_BYTES:
            self._recent_bytes -= len(recent.popleft()[1])

    def take_prologue(self) -> list[tuple[int, bytes]]:
        """What was recorded so far; from now on nothing is remembered."""
        recent, self._recent = self._recent, None
        return list(recent or ())

    @property
    def lost(self) -> tuple[int, int]:
        """Points and events that could not be kept."""
        return self._writer.lost.points, self._writer.lost.events

    def close(self) -> None:
        """Seal the process's journal."""
        self._writer.close()

    def forget(self) -> None:
        """In a forked child: what was recorded so far is the parent's, and the child's own first run is to come."""
        self._recent = deque(maxlen=PROLOGUE_RECORDS)
        self._recent_bytes = 0


_taken = False
_target: ProcessTarget | None = None


def open_process_target() -> ProcessTarget:
    """Make the process's own journal in the workspace that is found now."""
    global _target
    from runlog.backend_choice import open_backend
    from runlog.workspace import Workspace
    from runlog.workspace_folder import FOLDER
    from runlog.workspace_search import search

    try:
        backend = Workspace._of(search()).backend  # from_config would log, and this is called by a handler
    except (
        RunLogError,
        OSError,
    ):  # a record can't be refused because of a configuration: `start` will say what is wrong
        backend = open_backend(FOLDER, enabled=True)
    _target = ProcessTarget(backend)
    if _taken:
        _target.take_prologue()
    return _target


def hand_over(run: Run) -> None:
    """Copy what the process recorded so far into the first run that it starts."""
    global _taken
    if _taken:
        return
    _taken = True
    if _target is not None:
        events = _target.take_prologue()
        for kind, payload in events:
            run.write_event(kind, payload, EventFlag.PROLOGUE)
        own_log.tell_in_particular("run %s: %d records from before its start were handed over", run.id, len(events))


def close() -> None:
    """Seal the process's journal, if it has one."""
    if _target is not None:
        _target.close()


def _in_forked_child() -> None:
    global _taken
    _taken = False


fork.in_child(_in_forked_child)


@contextmanager
def set_aside() -> Iterator[None]:
    """Do as if the process began with this block: what it recorded before reaches no run in it, nor the other way."""
    global _taken, _target
    before = context.exchange_process_target(None)
    taken, target = _taken, _target
    _taken, _target = False, None
    try:
        yield
    finally:
        close()
        _taken, _target = taken, target
        context.exchange_process_target(before)


context.set_process_target_factory(open_process_target)
