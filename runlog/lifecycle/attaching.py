"""``runlog.attach``: a child process that was not forked takes part in the run of the process that made it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from runlog import context
from runlog.errors import RunLogError, WrongTypeError
from runlog.lifecycle import capture, exits, invitation, open_runs
from runlog.lifecycle.begin import quietly
from runlog.lifecycle.invitation import VARIABLE

if TYPE_CHECKING:
    from runlog.run import Run

_logger = logging.getLogger("runlog")


class Invitation(msgspec.Struct, frozen=True):
    """A run to belong to, and how the inviting process logs: what :mod:`runlog.lifecycle.invitation` makes."""

    workspace: str
    experiment: str
    run_id: str
    named: bool = False
    """Whether the inviting program named the workspace's server, rather than a configuration that was found."""
    root_level: int = logging.WARNING
    handler_level: int | None = None
    """The lowest level that reaches the run; None where log records do not."""
    levels: dict[str, int] = {}
    """Levels of loggers that have their own."""


def attach(run: Run | int | None = None) -> Run | None:
    """Take part in the run of the process that started this one.

    One line for workers that are not forked, such as all workers of a pool under ``spawn`` and ``forkserver``:
    ``Pool(initializer=runlog.attach)``, ``ProcessPoolExecutor(initializer=runlog.attach)``,
    ``DataLoader(worker_init_fn=runlog.attach)``, or the first line of a program that the run's process starts. The run
    becomes this process's run, as a guest: records that reach the root logger go to it, at the levels that the parent
    has, and :func:`runlog.current` gives it for ``run.log``. What logging this process configures itself, before or
    after, stays in force.

    Calling it again, or in a forked child, which has its parent's run anyway, changes nothing. It never raises because
    of its surroundings: where there is no run it does nothing.

    Args:
        run: the run to take part in, for a worker that outlives the run it was started in and is handed another; it
            takes the place of the one before. A number means nothing: it is what torch calls a ``worker_init_fn`` with.

    Returns:
        the run; None where the parent has none open.

    Raises:
        WrongTypeError: ``run`` is no run.
    """
    from runlog.run import Run

    if run is None or isinstance(run, int):
        current = context.current()
        return current if isinstance(current, Run) else _accept()
    if not isinstance(run, Run):
        raise WrongTypeError(f"runlog.attach takes a run or nothing, not {type(run).__name__}: {run!r}")
    if all(run != one for one in context.open_targets()):
        _leave_earlier()
        _take_part(run, _received())
    return run


def _accept() -> Run | None:
    """Follow the invitation of the process that started this one."""
    found = _received()
    run = None if found is None else _invited_to(found)
    if run is not None:
        _take_part(run, found)
    return run


def _received() -> Invitation | None:
    """The invitation that this process was started with; None where there is none."""
    text = invitation.received_text()
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Invitation)
    except msgspec.DecodeError as error:
        _logger.warning("the variable %s is not what runlog sets (%s): unset it", VARIABLE, error)
        return None


def _invited_to(found: Invitation) -> Run | None:
    from runlog.experiment import Experiment
    from runlog.run import Run
    from runlog.workspace import Workspace

    try:
        experiment = Experiment(Workspace._again(found.workspace, named=found.named), found.experiment)
        known = experiment.workspace.backend.has_run(found.run_id)
    except (RunLogError, OSError):
        _logger.warning("the run %s of the parent process can't be taken part in", found.run_id, exc_info=True)
        return None
    return Run.attach(experiment, found.run_id) if known else None


def _take_part(run: Run, found: Invitation | None) -> None:
    """Make a run this process's, as far as its surroundings let it; the rest is told of."""
    context.opened(run)
    _attached.append(run)
    for step in (
        run._recorder,
        exits.watch_child_process,
        lambda: _log_as_parent(run, found),
        invitation.renew,
    ):
        quietly(step, run.id)


def _log_as_parent(run: Run, found: Invitation | None) -> None:
    if found is None:
        capture.begin(run, None, wanted=True, hint=False)
        return
    for name, level in found.levels.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(level)
    if found.handler_level is not None:
        capture.begin(run, found.root_level, wanted=True, hint=False)
        capture.set_level(found.handler_level)


_attached: list[Run] = []
"""The run that this process takes part in through :func:`attach`."""


def _leave_earlier() -> None:
    """Take part in the earlier run no more; how that ends is not this process's to say."""
    while _attached:
        run = _attached.pop()
        context.closed(run)
        capture.end(run)
        open_runs.release(run._recorder())
