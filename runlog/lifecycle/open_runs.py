"""What this process has open: one recorder for each run, and the ``Run`` objects that stand for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from runlog.backend import Backend
from runlog.journal import fork
from runlog.records import RunOpened
from runlog.writing.recorder import RunRecorder

if TYPE_CHECKING:
    from runlog.run import Run

Key = tuple[str, str]
_recorders: dict[Key, RunRecorder] = {}
_ended: list[RunRecorder] = []
_runs: WeakValueDictionary[Key, Run] = WeakValueDictionary()
_children: dict[int, Run] = {}
"""Children that this process started; they are in no stack of :mod:`runlog.context`."""


def record(backend: Backend, opened: RunOpened, *, fresh: bool, late: bool = False) -> RunRecorder:
    """The one recorder of this process for a run; made where there is none."""
    key = backend.location, opened.run_id
    recorder = _recorders.get(key)
    if recorder is None:
        recorder = _recorders[key] = RunRecorder(backend, opened, fresh=fresh, late=late)
    return recorder


def recorder_of(backend: Backend, run_id: str) -> RunRecorder | None:
    """The recorder that is open for a run."""
    return _recorders.get((backend.location, run_id))


def release(recorder: RunRecorder) -> None:
    """Close a recorder. It stays able to take late records until the process ends."""
    key = recorder.backend.location, recorder.run_id
    if _recorders.get(key) is recorder:
        del _recorders[key]
    recorder.close()
    _ended.append(recorder)


def remember(run: Run) -> None:
    """Have :func:`started_run` find a run."""
    _runs[run.experiment.workspace.location, run.id] = run


def started_run(location: str, run_id: str) -> Run | None:
    """The open ``Run`` of this process, for a copy that is unpickled here."""
    run = _runs.get((location, run_id))
    return run if run is not None and run.is_open else None


def child_opened(run: Run) -> None:
    """Remember a child that this process started, until it ends."""
    _children[id(run)] = run


def child_closed(run: Run) -> None:
    """Forget a child that ended."""
    _children.pop(id(run), None)


def children() -> tuple[Run, ...]:
    """The open children that this process started, oldest first."""
    return tuple(_children.values())


def close_late(backend: Backend, run_id: str) -> None:
    """Close what this process wrote to a run after its end."""
    for recorder in _ended:
        if (recorder.backend.location, recorder.run_id) == (backend.location, run_id):
            recorder.close_late()


def abandon(location: str, instead: Backend) -> None:
    """A place is about to vanish: end what this process has open there, and let what comes later go elsewhere.

    Args:
        location: of the place.
        instead: the backend that takes late records from now on.
    """
    for run in [run for (place, _), run in list(_runs.items()) if place == location and run.is_open]:
        run.cancel()
    for recorder in [one for (place, _), one in list(_recorders.items()) if place == location]:
        release(recorder)
    for recorder in [one for one in _ended if one.backend.location == location]:
        recorder.close_late()
        recorder.move_to(instead)
        _ended.remove(recorder)


def release_all() -> None:
    """At the end of the process: close what guests and late records left open."""
    for recorder in list(_recorders.values()):
        release(recorder)
    for recorder in _ended:
        recorder.close_late()
    _ended.clear()


def owned_here(recorder: RunRecorder) -> bool:
    """Whether this very process owns the run's status: a forked child of the owner does not."""
    return recorder.opened.owner and recorder.pid == os.getpid()


def _forget_ended() -> None:
    _ended.clear()


fork.in_child(_forget_ended)
