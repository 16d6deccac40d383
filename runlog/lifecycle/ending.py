"""How a run ends: its status, what is kept of an error, and the order in which things are put away."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from runlog import context, own_log
from runlog.journal import background, clock, fork
from runlog.lifecycle import capture, captures, exits, invitation, notices, open_runs
from runlog.lifecycle.begin import quietly
from runlog.lifecycle.interrupts import HeldInterrupts, held
from runlog.lifecycle.verdicts import verdict_on
from runlog.records import RunError, StatusSet
from runlog.server_address import is_server
from runlog.statuses import CANCELED, COMPLETED
from runlog.system.capture import PATIENCE

if TYPE_CHECKING:
    from runlog.run import Run
    from runlog.state import RunState

_logger = logging.getLogger("runlog")
_ending = threading.RLock()
_in_progress: list[tuple[Run, str, RunError | None]] = []
"""Runs whose end has begun and whose status is not written yet, and what they end as."""


SENDING = 30.0
"""Seconds that the end of a run waits for a server to have it, where the server answers at all."""
SENDING_BEFORE_KILL = 2.0
"""The same of a process that may be killed soon."""


class Manner(Struct, frozen=True):
    """In what manner a run is ended."""

    timeout: float | None = None
    """Seconds to wait for a server that keeps the run to have all of it, also while it does not answer."""
    status_first: bool = False
    """The status is written before the outputs are copied, which may be broken off."""
    hurried: bool = False
    """The process may be killed soon."""
    finally_: bool = False
    """Where Ctrl-C breaks this off, the run is ended all the same: nobody will do it again."""


USUAL = Manner()


def end(run: Run, status: str, error: RunError | None = None, manner: Manner = USUAL) -> None:
    """End a run, once. Nothing here raises but Ctrl-C: what fails is told of, and the next step is taken.

    Args:
        run: to be ended; of a guest only its own part ends.
        status: what it ends as.
        error: why it failed.
        manner: how it is ended.
    """
    with held() as interrupts:
        with _ending:
            if run._ended is not None:
                return
            run._ended = status
        if not run._owns:
            quietly(lambda: _leave(run, status, error, interrupts), run.id)
        elif not _end_owned(run, status, error, manner, interrupts):
            run._ended = None
            return
        interrupts.attempt(lambda: quietly(lambda: _wait_for_server(run, manner), run.id))


def leave_block(run: Run, error: BaseException | None) -> None:
    """End a run as its ``with`` block is left, by an exception or without one."""
    with held():
        captures.note_error(error)
        context.leave(run)
        status, why = verdict_on(error)
        end(run, status, why, Manner(status_first=status == CANCELED, finally_=True))


def _end_owned(run: Run, status: str, error: RunError | None, manner: Manner, interrupts: HeldInterrupts) -> bool:
    """End a run that this process owns. False: Ctrl-C came before its status was written, so that it goes on."""
    _in_progress.append((run, status, error))
    if manner.status_first:
        _write_status(run)
    for step in _long_steps(run, manner):
        interrupts.attempt(partial(quietly, step, run.id))
    if interrupts.came and _is_in_progress(run):
        if not manner.finally_:
            _in_progress[:] = [one for one in _in_progress if one[0] is not run]
            return False
        status = broken_off(status)
        run._ended = status
    _write_status(run, status)
    own_log.tell("run %s ended as %s", run.id, status)
    if run._outputs is not None and run._outputs.is_broken_off:
        quietly(partial(run._outputs.tell_broken_off, run._recorder()), run.id)
    _call_back(run, status, interrupts)
    _put_away(run)
    return True


def _long_steps(run: Run, manner: Manner) -> list[Callable[[], object]]:
    """What Ctrl-C may break off."""
    steps: list[Callable[[], object]] = []
    if (held_back := sys.modules.get("runlog.handlers.held_back")) is not None:  # else nobody has such a filter
        steps.append(held_back.tell_all)
    if run._outputs is not None and not (manner.finally_ and run._outputs.is_broken_off):
        steps.append(partial(run._outputs.keep_changed, run._recorder()))
    if run._system is not None:
        steps.append(partial(run._system.finish, 0.0 if manner.hurried else PATIENCE))
    return steps


def broken_off(status: str) -> str:
    """What a run ends as whose end, as this status, is broken off: who stops it cancels it, unless it had failed."""
    return CANCELED if status == COMPLETED else status


def _wait_for_server(run: Run, manner: Manner) -> None:
    """Let a server that keeps the run get all of it; what it lacks then stays here, and is told of."""
    usual, given = SENDING_BEFORE_KILL if manner.hurried else SENDING, manner.timeout
    wait_until_kept(run, usual if given is None else given, patient=given is not None)


def wait_until_kept(run: Run, timeout: float, *, patient: bool) -> None:
    """Wait until what was written to a run is where it is kept, and say so where it is not."""
    on_server = is_server(run._backend.location)
    if on_server:
        own_log.tell("run %s: waiting until %s has all of it, %.0f s at most", run.id, run._backend.location, timeout)
    kept = run._backend.wait_until_kept(run.id, timeout, patient=patient)
    if kept.everything and on_server:
        own_log.tell("run %s: %s has all of it", run.id, run._backend.location)
    if not kept.everything:
        _logger.warning(
            "run %s: not all of it is on the server yet (%s). It is safe on this machine: `runlog sync` sends the rest",
            run.id,
            kept.why_not,
        )


def _is_in_progress(run: Run) -> bool:
    return any(one is run for one, _, _ in _in_progress)


def _write_status(run: Run, status: str | None = None) -> None:
    """Write the status, once.

    Args:
        run: whose end has begun.
        status: where it ends as another than it was to.
    """
    found = [one for one in _in_progress if one[0] is run]
    _in_progress[:] = [one for one in _in_progress if one[0] is not run]
    for _, planned, error in found:
        event = StatusSet(time=clock.now(), status=status or planned, error=error)
        quietly(partial(run._recorder().write, event), run.id)


def break_off() -> None:
    """Write the status of the runs whose end has begun and will not be finished: the process is about to be killed."""
    for run, status, _ in _in_progress:
        _write_status(run, broken_off(status))


def _call_back(run: Run, status: str, interrupts: HeldInterrupts) -> None:
    """Call what ``run.on_end`` was given, the last one first."""
    callbacks = run._recorder().end_callbacks

    def call_next() -> None:
        try:
            callbacks.pop()(run, status)
        except (Exception, SystemExit):
            _logger.exception("run %s has ended as %s; a callback of run.on_end failed", run.id, status)

    while callbacks:
        interrupts.attempt(call_next, in_any_case=True)


def _put_away(run: Run) -> None:
    recorder = run._recorder()
    quietly(lambda: captures.end(run), run.id)  # what was printed without a line end is still the run's
    if recorder.opened.parent is None:  # while the run is the current one, and no record goes round in a circle
        quietly(lambda: notices.ended(run), run.id)
    context.closed(run)
    open_runs.child_closed(run)
    quietly(lambda: capture.end(run), run.id)
    quietly(invitation.renew, run.id)
    quietly(background.wait, run.id)  # source lines of exceptions are on their way to the run
    quietly(lambda: open_runs.release(recorder), run.id)
    run.__dict__["append_log"] = recorder.append_late_log
    quietly(exits.unwatch, run.id)


def _leave(run: Run, status: str, error: RunError | None, interrupts: HeldInterrupts) -> None:
    """End a guest's part: it decides the run's status only where no owner lives."""
    recorder = run._recorder()
    captures.end(run)
    context.closed(run)
    open_runs.child_closed(run)
    capture.end(run)
    invitation.renew()
    if open_runs.owned_here(recorder):  # another `Run` of this process is the owner: they share one writer
        return
    lives: list[bool] = []
    interrupts.attempt(lambda: lives.append(_owner_may_live(run.state())))
    recorder.write(StatusSet(time=clock.now(), status=status, error=error, owner_alive=lives != [False]))
    open_runs.release(recorder)
    exits.unwatch()


def _owner_may_live(state: RunState) -> bool:
    return state.owner_alive or (state.is_partial and not state.history)  # an owner on another machine may live


def _in_forked_child() -> None:
    """The parent's runs end in the parent, whose thread may have held the lock."""
    global _ending
    _ending = threading.RLock()
    _in_progress.clear()


fork.in_child(_in_forked_child)
