"""How a run begins: who owns it, which attempt it is, and what is set up around it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from runlog import context, own_log
from runlog.backend import Backend
from runlog.capturing.choice import Capture, CaptureChoice, capture_of
from runlog.current_folder import current_folder
from runlog.errors import RunStateError, ServerError, WrongValueError
from runlog.journal import clock
from runlog.journal.identity import host
from runlog.levels import level_number
from runlog.lifecycle import (
    capture,
    captures,
    exits,
    invitation,
    joining,
    notices,
    open_runs,
    outputs,
    places,
    prologue,
)
from runlog.lifecycle.identity import new_display_name, new_run_id
from runlog.lifecycle.interrupts import HeldInterrupts, held
from runlog.lifecycle.places import Place, claim, take
from runlog.limits import DISPLAY_NAME_CHARACTERS
from runlog.names import check_run_id, group_name
from runlog.records import ChildrenMade, RunOpened, StatusSet
from runlog.redaction import as_utf8
from runlog.redaction import process as redaction
from runlog.statuses import NOT_STARTED, RUNNING, SAID_TO_HAVE_ENDED
from runlog.system import capture as system_capture
from runlog.system import environment
from runlog.system.process import command_line
from runlog.writing.recorder import RunRecorder

if TYPE_CHECKING:
    from runlog.experiment import Experiment
    from runlog.run import Run
    from runlog.state import RunState

RESUME = ("never", "allow", "must")
_logger = logging.getLogger("runlog")


class RunPlan(Struct, frozen=True):
    """What a new run is to be, as ``Experiment.start_logging`` was asked."""

    display_name: str = ""
    run_id: str | None = None
    outputs: str | os.PathLike[str] | bool | None = None
    tags: Mapping[str, Any] = MappingProxyType({})
    description: str = ""
    group: str | None = None
    resume: str = "never"
    capture_logging: bool = True
    log_level: int | str | None = None
    type: str = ""
    capture_system: bool = True
    capture_env: Sequence[str] | None = None
    capture: CaptureChoice = None


def begin(experiment: Experiment, plan: RunPlan, parent: Run | None = None) -> Run:
    """Start a run. What the surroundings refuse (disk, terminal, signals) is told of and never raised.

    Args:
        experiment: of the run.
        plan: what it is to be.
        parent: the run that it is a child of.
    """
    from runlog.run import Run
    from runlog.writing.scalars import description_of, text_within
    from runlog.writing.tags import tags_as_text

    if plan.resume not in RESUME:
        raise WrongValueError(f"resume={plan.resume!r} is none of {', '.join(map(repr, RESUME))}")
    redaction.refresh()
    plan = msgspec.structs.replace(plan, tags=tags_as_text(plan.tags))
    display_name = text_within(plan.display_name, "display name", DISPLAY_NAME_CHARACTERS)
    plan = msgspec.structs.replace(plan, display_name=display_name, description=description_of(plan.description))
    level = level_number(plan.log_level)
    folder = outputs.folder_for(plan.outputs)
    variables = environment.patterns(plan.capture_env)
    backend = experiment.workspace.backend
    group = group_name(plan.group)
    captured = capture_of(plan.capture)
    parent_id = parent.id if parent is not None else None
    with held() as interrupts:  # Ctrl-C finds no run, or one that this process knows of and ends
        with ExitStack() as claims:
            run_id, place = _chosen(
                interrupts, lambda: _choose(backend, experiment.name, plan, claims, joins=parent is None)
            )
            if parent is not None:
                parent._recorder().write(ChildrenMade(time=clock.now(), run_ids=[run_id]))
            opened = _opened(experiment.name, run_id, plan, place, parent_id, group)
            recorder = _take_up(backend, opened, place)
        watched = outputs.OutputsFolder(folder, backend, run_id) if folder and place.owner and backend.keeps else None
        run = Run._started(experiment, recorder, watched)
        if parent is None:
            context.opened(run)
        else:
            open_runs.child_opened(run)
        open_runs.remember(run)
        _set_up(run, plan, _surroundings(run, plan, level, captured, child=parent is not None))
        if place.owner:
            quietly(lambda: _record_system(run, plan, parent_id, variables), run.id)
    return run


def _chosen(interrupts: HeldInterrupts, choose: Callable[[], tuple[str, Place]]) -> tuple[str, Place]:
    """What is chosen, unless Ctrl-C comes meanwhile: a server may be waited for, or another rank."""
    found: list[tuple[str, Place]] = []
    if not interrupts.attempt(lambda: found.append(choose())):
        raise interrupts.broken_by or KeyboardInterrupt
    return found[0]


def _set_up(run: Run, plan: RunPlan, surroundings: Sequence[Callable[[], None]]) -> None:
    """Tag a run, and set up what is around it."""
    if plan.tags:
        run.set_tags(plan.tags)
    for step in surroundings:
        quietly(step, run.id)
    opened = run._recorder().opened
    whose = "its owner" if opened.owner else "a guest"
    own_log.tell("run %s: attempt %d begins, this process is %s", run.id, opened.attempt, whose)


def start_made(run: Run) -> None:
    """Start a child that somebody made with ``create_children``: this process owns its status from now on.

    Raises:
        RunStateError: it has been started before, here or in another process.
    """
    backend = run._backend
    with backend.taking_up(run.id) as free:
        state = backend.state(run.id)
        if not free or state.status != NOT_STARTED:
            why = f"it is {state.status}" if free else "another process is just taking it"
            raise RunStateError(
                f"run {run.id} can't be started: {why}; start() is for children that create_children made, each once"
            )
        place = Place(1, owner=True, fresh=len(state.writers) == 1)  # else guests logged to it before
        opened = _opened(run.experiment.name, run.id, RunPlan(), place, state.parent)
        run._hold(_take_up(backend, opened, place), begun=True)
    open_runs.child_opened(run)
    open_runs.remember(run)
    for step in _surroundings(run, RunPlan(), None, Capture(), child=True):
        quietly(step, run.id)
    quietly(lambda: _record_system(run, RunPlan(), state.parent, environment.patterns(None)), run.id)


def _record_system(run: Run, plan: RunPlan, parent_id: str | None, variables: Sequence[str]) -> None:
    """Record what a run runs on; for a child in its parent's process, the parent has done so."""
    here = parent_id is not None and open_runs.started_run(run.experiment.workspace.location, parent_id) is not None
    if not here and run._backend.keeps and system_capture.is_wanted(plan.capture_system):
        run._system = system_capture.begin(run._recorder(), variables)


def _take_up(backend: Backend, opened: RunOpened, place: Place) -> RunRecorder:
    """The recorder of this process for a run that begins; the status is written."""
    earlier = open_runs.recorder_of(backend, opened.run_id)
    if place.owner and earlier is not None:  # this process was a guest of the run that it now takes up
        open_runs.release(earlier)
    recorder = open_runs.record(backend, opened, fresh=place.fresh)
    if earlier is not None and earlier is not recorder:
        earlier.successor = recorder  # what still holds the guest's goes on there
    recorder.write(StatusSet(time=clock.now(), status=RUNNING))
    return recorder


def _surroundings(
    run: Run, plan: RunPlan, level: int | None, captured: Capture, *, child: bool
) -> list[Callable[[], None]]:
    """What is set up around a run. A child takes no records but those logged within ``with child:``."""
    if not run._backend.keeps:
        return [] if child else [lambda: notices.started(run)]
    steps: list[Callable[[], None]] = [
        lambda: capture.begin(run, level, wanted=plan.capture_logging),
        exits.watch,
        lambda: captures.begin(run, captured),
        invitation.renew,
    ]
    if child:
        return steps
    first = [
        lambda: prologue.hand_over(run),
        lambda: run._backend.list_experiment(run.experiment.name),
    ]
    return [*first, *steps, lambda: notices.started(run)]  # while records are captured, none can go round in a circle


def quietly(step: Callable[[], object], run_id: str) -> None:
    """Do a step around a run; its fault is told of and goes no further."""
    try:
        step()
    except Exception:
        _logger.warning(
            "run %s: something around it failed; the run itself goes on. RUNLOG_DEBUG=1, or DEBUG on the logger "
            "runlog, tells what was done before",
            run_id,
            exc_info=True,
        )


def _choose(backend: Backend, experiment: str, plan: RunPlan, claims: ExitStack, *, joins: bool) -> tuple[str, Place]:
    if plan.run_id is not None:
        run_id = check_run_id(plan.run_id)
        return run_id, take(backend, run_id, plan.resume, claims)
    shared = joining.next_shared_run_id() if joins else None
    if shared is not None:
        return places.share(backend, shared, plan.resume, claims)
    run_id = new_run_id(experiment)
    if claim(backend, run_id, new=True):
        return run_id, Place(1, owner=True, fresh=True)
    return run_id, take(backend, run_id, "allow", claims)


def _opened(
    experiment: str, run_id: str, plan: RunPlan, place: Place, parent: str | None, group: str = ""
) -> RunOpened:
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
        launch=joining.launch(),
        argv=redaction.arguments(command_line()),
        folder=as_utf8(str(current_folder())),
        description=plan.description,
        parent=parent,
        type=plan.type,
        group=group,
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """What a RUN event says of the interpreter and of this package."""
    from runlog import __version__

    return {"python": sys.version.partition(" ")[0], "runlog": __version__}


def attach(backend: Backend, experiment: str, run_id: str) -> RunRecorder:
    """The recorder of this process for a run that another one owns, or that has ended."""
    found = open_runs.recorder_of(backend, run_id)
    if found is not None:
        return found
    state = _known_state(backend, run_id)
    opened = RunOpened(
        time=clock.now(),
        run_id=run_id,
        experiment=experiment,
        attempt=max(1, state.attempts),
        host=host(),
        pid=os.getpid(),
        rank=joining.rank(),
        launch=joining.launch(),
    )
    return open_runs.record(backend, opened, fresh=False, late=state.status in SAID_TO_HAVE_ENDED)


def _known_state(backend: Backend, run_id: str) -> RunState:
    """The run's state; where its server can't be asked, one that says nothing: to log to the run never raises."""
    try:
        return backend.state(run_id)
    except ServerError as error:
        from runlog.state import RunState

        own_log.tell("run %s is logged to without a look at its state: %s", run_id, error)
        return RunState(run_id, is_partial=True)
