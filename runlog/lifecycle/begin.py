"""How a run begins: who owns it, which attempt it is, and what is set up around it."""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog import context
from runlog.backend import Backend
from runlog.errors import RunExistsError, RunNotFoundError, RunStateError, WrongValueError
from runlog.journal import clock
from runlog.journal.identity import host
from runlog.levels import level_number
from runlog.lifecycle import capture, exits, joining, metric_records, notices, open_runs, outputs, prologue
from runlog.lifecycle.identity import new_display_name, new_run_id
from runlog.names import check_run_id
from runlog.records import RunOpened, StatusSet
from runlog.state import ENDED, RUNNING
from runlog.writing.recorder import RunRecorder

if TYPE_CHECKING:
    from runlog.experiment import Experiment
    from runlog.run import Run

RESUME = ("never", "allow", "must")
_logger = logging.getLogger("runlog")


@dataclass(frozen=True)
class RunPlan:
    """What a new run is to be, as ``Experiment.start_logging`` was asked."""

    display_name: str = ""
    run_id: str | None = None
    outputs: str | os.PathLike[str] | bool | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    resume: str = "never"
    capture_logging: bool = True
    log_level: int | str | None = None


class Place(NamedTuple):
    """The place of a run that this process may write to."""

    attempt: int
    owner: bool
    fresh: bool


def begin(experiment: Experiment, plan: RunPlan) -> Run:
    """Start a run. What the surroundings refuse (disk, terminal, signals) is told of and never raised."""
    from runlog.run import Run
    from runlog.writing.tags import tags_as_text

    if plan.resume not in RESUME:
        raise WrongValueError(f"resume={plan.resume!r} is none of {', '.join(map(repr, RESUME))}")
    tags = tags_as_text(plan.tags)
    level = level_number(plan.log_level)
    folder = outputs.folder_for(plan.outputs)
    backend = experiment.workspace.backend
    run_id, place = _choose(backend, experiment.name, plan)
    earlier = open_runs.recorder_of(backend, run_id)
    if place.owner and earlier is not None:  # this process was a guest of the run that it now takes up
        open_runs.release(earlier)
    recorder = open_runs.record(backend, _opened(experiment.name, run_id, plan, place), fresh=place.fresh)
    run = Run._started(experiment, recorder, outputs.OutputsFolder(folder) if place.owner and folder else None)
    recorder.write(StatusSet(time=clock.now(), status=RUNNING))
    context.opened(run)
    open_runs.remember(run)
    if tags:
        run.set_tags(tags)
    for step in _surroundings(run, plan, level):
        quietly(step, run.id)
    return run


def _surroundings(run: Run, plan: RunPlan, level: int | None) -> list[Callable[[], None]]:
    return [
        lambda: prologue.hand_over(run),
        lambda: notices.started(run),
        lambda: capture.begin(run, level, wanted=plan.capture_logging),
        metric_records.watch,
        exits.watch,
    ]


def quietly(step: Callable[[], object], run_id: str) -> None:
    """Do a step around a run; its fault is told of and goes no further."""
    try:
        step()
    except Exception:
        _logger.warning("run %s: something around it failed; the run itself goes on", run_id, exc_info=True)


def _choose(backend: Backend, experiment: str, plan: RunPlan) -> tuple[str, Place]:
    if plan.run_id is not None:
        run_id = check_run_id(plan.run_id)
        return run_id, _take(backend, run_id, plan.resume)
    shared = joining.next_shared_run_id()
    if shared is not None:
        return shared, join(backend, shared)
    run_id = new_run_id(experiment)
    return run_id, _take(backend, run_id, "allow")


def join(backend: Backend, run_id: str) -> Place:
    """Take part in a run that several processes name alike: the first to make it owns it, the others are guests."""
    if _claim(backend, run_id):
        return Place(1, owner=True, fresh=True)
    return Place(max(1, backend.state(run_id).attempts), owner=False, fresh=False)


def _take(backend: Backend, run_id: str, resume: str) -> Place:
    exists = backend.has_run(run_id)
    if resume == "must" and not exists:
        raise RunNotFoundError(
            f'there is no run {run_id} in {backend.location} to resume: resume="allow" would start it'
        )
    if not exists and _claim(backend, run_id):
        return Place(1, owner=True, fresh=True)
    if resume == "never":
        raise RunExistsError(
            f'run {run_id} exists in {backend.location}: resume="allow" goes on with it as its next attempt, '
            "Run(experiment, run_id) reads it or logs to it as a guest"
        )
    state = backend.state(run_id)
    if state.owner_alive:
        raise RunStateError(
            f"run {run_id} can't be resumed: its process still lives; Run(experiment, run_id) logs to it as a guest"
        )
    return Place(state.attempts + 1, owner=True, fresh=False)


def _claim(backend: Backend, run_id: str) -> bool:
    try:
        return backend.claim_run(run_id)
    except OSError:  # the writer meets the same fault with its first record: it counts, and says why
        return True


def _opened(experiment: str, run_id: str, plan: RunPlan, place: Place) -> RunOpened:
    return RunOpened(
        time=clock.now(),
        run_id=run_id,
        experiment=experiment,
        name=plan.display_name or (new_display_name() if place.fresh else ""),
        attempt=place.attempt,
        owner=place.owner,
        host=host(),
        pid=os.getpid(),
        rank=joining.rank(),
        argv=list(sys.argv),
        folder=str(Path.cwd()),
        description=plan.description,
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    from runlog import __version__

    return {"python": platform.python_version(), "runlog": __version__}


def attach(backend: Backend, experiment: str, run_id: str) -> RunRecorder:
    """The recorder of this process for a run that another one owns, or that has ended."""
    found = open_runs.recorder_of(backend, run_id)
    if found is not None:
        return found
    state = backend.state(run_id)
    opened = RunOpened(
        time=clock.now(),
        run_id=run_id,
        experiment=experiment,
        attempt=max(1, state.attempts),
        host=host(),
        pid=os.getpid(),
        rank=joining.rank(),
    )
    return open_runs.record(backend, opened, fresh=False, late=state.status in ENDED)
