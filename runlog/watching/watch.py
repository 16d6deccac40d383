"""Several runs under watch: those of a workspace or an experiment, with the ones that begin meanwhile."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from runlog.errors import JournalError
from runlog.statuses import ENDED, NOT_STARTED, RUNNING
from runlog.watching.alert import Alert
from runlog.watching.condition import Condition
from runlog.watching.run_watch import RunWatch

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState

_logger = logging.getLogger("runlog")
IDLE_AT_A_LOOK = 16
"""Runs at rest that one look asks whether they were resumed: a workspace may have many thousands."""


class Watch:
    """Tells what happens to runs."""

    def __init__(self, backend: Backend, ends: Sequence[str], conditions: Sequence[Condition]) -> None:
        """Watch nothing yet.

        Args:
            backend: keeps the runs.
            ends: keys of :data:`~runlog.watching.run_watch.ENDS`.
            conditions: on metrics of the runs.
        """
        self._backend = backend
        self._ends = ends
        self._conditions = conditions
        self._watched: dict[str, RunWatch] = {}

    def add(self, run_id: str, conditions: Sequence[Condition] | None = None, told_attempt: int = 0) -> None:
        """Watch a run from its first record on.

        Args:
            run_id: of the run. An end that is there already is told of.
            conditions: those that are still of interest; by default all.
            told_attempt: the newest attempt whose end is of no interest any more.
        """
        wanted = self._conditions if conditions is None else conditions
        self._watched[run_id] = RunWatch(self._backend, run_id, self._ends, wanted, told_attempt=told_attempt)

    def look(self) -> Iterator[Alert]:
        """What has happened since the last look. A run that is gone, or can't be read, is let go of."""
        for run_id, watch in list(self._watched.items()):
            if not self._backend.has_run(run_id):
                del self._watched[run_id]
                continue
            try:
                yield from watch.look()
            except JournalError as error:
                _logger.warning("run %s is watched no more: %s", run_id, error)
                del self._watched[run_id]

    def __len__(self) -> int:
        return len(self._watched)

    @property
    def is_over(self) -> bool:
        """Whether every watched run has ended."""
        return all(watch.newest is not None and watch.newest.status in ENDED for watch in self._watched.values())


class _Idle(NamedTuple):
    """A run at rest: what is of no interest any more should it be resumed, and what still is."""

    run_id: str
    told_attempt: int
    conditions: Sequence[Condition]


class WorkspaceWatch(Watch):
    """Watches every run of a workspace or of one experiment, also those that begin later.

    A run that was at rest when the watch began is told of once it is resumed.
    """

    def __init__(
        self, backend: Backend, ends: Sequence[str], conditions: Sequence[Condition], experiment: str | None = None
    ) -> None:
        """Watch the runs that are running now.

        Args:
            backend: keeps the runs.
            ends: keys of :data:`~runlog.watching.run_watch.ENDS`.
            conditions: on metrics of the runs.
            experiment: only runs of this experiment.
        """
        super().__init__(backend, ends, conditions)
        self._experiment = experiment
        self._known: set[str] = set()
        self._idle: deque[_Idle] = deque()
        for run_id in backend.run_ids():
            self._meet(run_id, is_new=False)

    def look(self) -> Iterator[Alert]:
        """What has happened since the last look."""
        for run_id in self._backend.run_ids():
            if run_id not in self._known:
                self._meet(run_id, is_new=True)
        for _ in range(min(IDLE_AT_A_LOOK, len(self._idle))):
            self._wake(self._idle.popleft())
        yield from super().look()
        self._lay_to_rest()

    @property
    def is_over(self) -> bool:
        """Never: other runs may begin."""
        return False

    def _state(self, run_id: str) -> RunState | None:
        try:
            return self._backend.state(run_id)
        except JournalError as error:
            _logger.warning("run %s is not watched: %s", run_id, error)
            return None

    def _meet(self, run_id: str, *, is_new: bool) -> None:
        state = self._state(run_id)
        if is_new and state is not None and not state.writers:
            return  # made this moment, and not written to yet
        self._known.add(run_id)
        if state is None or (self._experiment is not None and state.experiment != self._experiment):
            return
        if state.status == RUNNING or (is_new and state.status != NOT_STARTED):
            self.add(run_id)
        else:
            self._idle.append(_Idle(run_id, state.attempts, self._conditions))

    def _wake(self, idle: _Idle) -> None:
        if not self._backend.has_run(idle.run_id) or (state := self._state(idle.run_id)) is None:
            return
        if state.attempts > idle.told_attempt or state.status == RUNNING:
            self.add(idle.run_id, idle.conditions, idle.told_attempt)
        else:
            self._idle.append(idle)

    def _lay_to_rest(self) -> None:
        for run_id, watch in list(self._watched.items()):
            if watch.newest is not None and watch.newest.status in ENDED:
                del self._watched[run_id]
                self._idle.append(_Idle(run_id, watch.newest.number, watch.conditions))
