"""How a run ends: its status, what is kept of an error, and the order in which things are put away."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from functools import partial
from typing import TYPE_CHECKING

from runlog import context, own_log
from runlog.errors import WrongTypeError
from runlog.journal import background, clock, fork
from runlog.lifecycle import capture, captures, exits, invitation, notices, open_runs
from runlog.lifecycle.begin import quietly
from runlog.limits import TEXT_VALUE_CHARACTERS
from runlog.names import normalise_value
from runlog.records import RunError, StatusSet
from runlog.redaction import process as redaction
from runlog.server_address import is_server
from runlog.statuses import CANCELED, COMPLETED, FAILED
from runlog.system.capture import PATIENCE

if TYPE_CHECKING:
    from runlog.run import Run

MAX_TRACEBACK = 65_536
"""Characters kept of a traceback, from its end: the innermost frames are there."""
_logger = logging.getLogger("runlog")
_ending = threading.RLock()
_in_progress: list[Run] = []
"""Runs whose end has begun and whose status is not written yet."""


SENDING = 30.0
"""Seconds that the end of a run waits for a server to have it, where the server answers at all."""
SENDING_BEFORE_KILL = 2.0
"""The same of a process that may be killed soon."""


def end(
    run: Run,
    status: str,
    error: RunError | None = None,
    *,
    status_first: bool = False,
    timeout: float | None = None,
) -> None:
    """End a run, once. Nothing here raises: what fails is told of, and the next step is taken.

    Args:
        run: to be ended; of a guest only its own part ends.
        status: what it ends as.
        error: why it failed.
        status_first: write the status before the outputs are copied, for a process that may be killed soon.
        timeout: seconds to wait for a server that keeps the run to have all of it, also while it does not answer.
    """
    with _ending:
        if run._ended is not None:
            return
        run._ended = status
    if not run._owns:
        quietly(lambda: _leave(run, status, error), run.id)
        quietly(lambda: _wait_for_server(run, timeout, status_first=status_first), run.id)
        return
    held_back = sys.modules.get("runlog.handlers.held_back")  # nobody has a filter that holds back where it was not
    if held_back is not None:
        quietly(held_back.tell_all, run.id)
    _in_progress.append(run)
    if status_first:
        _write_status(run, status, error)
    if run._outputs is not None:
        quietly(partial(run._outputs.keep_changed, run._recorder()), run.id)
    if run._system is not None:
        quietly(partial(run._system.finish, 0.0 if status_first else PATIENCE), run.id)
    _write_status(run, status, error)
    own_log.tell("run %s ended as %s", run.id, status)
    _call_back(run, status)
    _put_away(run)
    quietly(lambda: _wait_for_server(run, timeout, status_first=status_first), run.id)


def _wait_for_server(run: Run, timeout: float | None, *, status_first: bool) -> None:
    """Let a server that keeps the run get all of it; what it lacks then stays here, and is told of."""
    usual = SENDING_BEFORE_KILL if status_first else SENDING
    wait_until_kept(run, usual if timeout is None else timeout, patient=timeout is not None)


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


def _write_status(run: Run, status: str, error: RunError | None) -> None:
    """Write the status, once."""
    if run in _in_progress:
        _in_progress.remove(run)
        quietly(lambda: run._recorder().write(StatusSet(time=clock.now(), status=status, error=error)), run.id)


def break_off(status: str) -> None:
    """Write a status for the runs whose end has begun and will not be finished: the process is about to be killed."""
    for run in _in_progress:
        _write_status(run, status, None)


def _call_back(run: Run, status: str) -> None:
    """Call what ``run.on_end`` was given, the last one first."""
    callbacks = run._recorder().end_callbacks
    while callbacks:
        callback = callbacks.pop()
        try:
            callback(run, status)
        except (Exception, SystemExit):
            _logger.exception("run %s has ended as %s; a callback of run.on_end failed", run.id, status)


def _put_away(run: Run) -> None:
    recorder = run._recorder()
    quietly(lambda: captures.end(run), run.id)  # what was printed without a line end is still the run's
    if recorder.opened.parent is None:
        quietly(
            lambda: notices.ended(run), run.id
        )  # while the run is the current one, and its records go nowhere twice
    context.closed(run)
    open_runs.child_closed(run)
    quietly(lambda: capture.end(run), run.id)
    quietly(invitation.renew, run.id)
    quietly(background.wait, run.id)  # source lines of exceptions are on their way to the run
    quietly(lambda: open_runs.release(recorder), run.id)
    run.__dict__["append_log"] = recorder.append_late_log
    quietly(exits.unwatch, run.id)


def _leave(run: Run, status: str, error: RunError | None) -> None:
    """End a guest's part: it decides the run's status only where no owner lives."""
    recorder = run._recorder()
    captures.end(run)
    context.closed(run)
    open_runs.child_closed(run)
    capture.end(run)
    invitation.renew()
    if open_runs.owned_here(recorder):  # another `Run` of this process is the owner: they share one writer
        return
    alive = run.state().owner_alive
    recorder.write(StatusSet(time=clock.now(), status=status, error=error, owner_alive=alive))
    open_runs.release(recorder)
    exits.unwatch()


def verdict_on(error: BaseException | None) -> tuple[str, RunError | None]:
    """What a run ends as when this exception, or none, ends it."""
    if error is None:
        return COMPLETED, None
    if isinstance(error, KeyboardInterrupt):
        return CANCELED, None
    if isinstance(error, SystemExit):
        return verdict_on_code(error.code)
    return FAILED, describe_error(error, None)


def verdict_on_code(code: object) -> tuple[str, RunError | None]:
    """What a run ends as when the program exits with this code, as ``sys.exit`` takes it."""
    if code is None or code == 0:
        return COMPLETED, None
    return FAILED, RunError(message=f"the program exited with {_text(code)}", code="UserError", type="SystemExit")


def describe_error(details: str | BaseException | None, code: str | None) -> RunError | None:
    """What is kept of an error.

    Raises:
        WrongTypeError: the details are neither text nor an exception.
    """
    if details is None and code is None:
        return None
    if details is None or isinstance(details, str):
        return RunError(message=_text(details or ""), code=_text(code or "UserError"))
    if not isinstance(details, BaseException):
        raise WrongTypeError(f"run.fail takes a text or an exception, not {type(details).__name__}: {details!r}")
    lines = redaction.text("".join(traceback.format_exception(type(details), details, details.__traceback__)))
    return RunError(
        message=_text(_message(details)),
        code=_text(code or "UserError"),
        type=type(details).__qualname__,
        traceback=normalise_value(lines[-MAX_TRACEBACK:], "traceback", MAX_TRACEBACK).name,
    )


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as fault:
        return f"<its text can't be made: {type(fault).__name__}>"


def _text(value: object) -> str:
    return normalise_value(redaction.text(str(value)), "error", TEXT_VALUE_CHARACTERS).name


def _in_forked_child() -> None:
    """The parent's runs end in the parent, whose thread may have held the lock."""
    global _ending
    _ending = threading.RLock()
    _in_progress.clear()


fork.in_child(_in_forked_child)
