"""The place of a run that a process may write to: as its owner, or beside the owner."""

from __future__ import annotations

import logging
import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from msgspec import Struct

from runlog.backend import Backend
from runlog.errors import JournalError, RunExistsError, RunNotFoundError, RunStateError, ServerError
from runlog.journal import real_time
from runlog.lifecycle.launches import standing
from runlog.server_address import is_server

if TYPE_CHECKING:
    from runlog.state import RunState

PATIENCE = 30.0
"""Seconds that a process of a job waits for another one that is just taking up their run."""
LOOKED_AT = 3
"""Runs of one id that are looked at, the newest: those before have ended long ago."""
_logger = logging.getLogger("runlog")


class Place(Struct, frozen=True):
    """The place of a run that this process may write to."""

    attempt: int
    owner: bool
    fresh: bool


class _TakenJustNowError(RunStateError):
    """Another process is taking the run up."""


def share(backend: Backend, shared: str, resume: str, claims: ExitStack) -> tuple[str, Place]:
    """Take part in the run of a job, which is made or, where that is asked for, taken up by whoever comes first.

    Args:
        backend: keeps it.
        shared: the id that the processes of the job have in common.
        resume: as :meth:`runlog.Experiment.start_logging` takes it.
        claims: keeps other processes from opening the same attempt until they are closed.
    """
    if resume == "never":
        return join(backend, shared)
    run_id = shared if os.environ.get("RUNLOG_RUN_ID") else _named(shared, _newest(backend, shared))
    until, pause = real_time.monotonic() + PATIENCE, 0.02
    while True:
        if _is_there(backend, run_id) and (opened := _opened_by_others(backend, run_id)) is not None:
            return run_id, opened
        try:
            with ExitStack() as tried:
                place = take(backend, run_id, resume, tried, shared=True)
                claims.push(tried.pop_all())
                return run_id, place
        except _TakenJustNowError:
            if real_time.monotonic() > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 0.5)


def join(backend: Backend, shared: str) -> tuple[str, Place]:
    """Take part in the run of a job: the first process to make it owns it, the others are guests.

    A run that has ended, or that another start of the job made, is left alone, and a new one made under the next name.
    """
    if not _is_there(backend, shared) and claim(backend, shared):
        return shared, Place(1, owner=True, fresh=True)
    while True:
        newest = _newest(backend, shared)
        passed_by = ""
        for number in range(max(1, newest - LOOKED_AT + 1), newest + 1):
            run_id = _named(shared, number)
            how = standing(backend, run_id)
            if not how.why_not:
                return run_id, Place(how.attempt, owner=False, fresh=False)
            passed_by = f"run {run_id} {how.why_not}"
        if claim(backend, run_id := _named(shared, newest + 1)):
            _logger.warning(
                '%s, so this start does not join it: it logs to a new run, %s. resume="allow" goes on with a run that '
                "has ended",
                passed_by,
                run_id,
            )
            return run_id, Place(1, owner=True, fresh=True)


def _named(shared: str, number: int) -> str:
    """The id of the run of a job's n-th start under one id."""
    return shared if number == 1 else f"{shared[:112]}-start{number}"


def _newest(backend: Backend, shared: str) -> int:
    """The number of the newest run of an id, of which there is one: found without asking for each before it."""
    low, high = 1, 2
    while _is_there(backend, _named(shared, high)):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_there(backend, _named(shared, middle)) else (low, middle)
    return low


def take(backend: Backend, run_id: str, resume: str, claims: ExitStack, *, shared: bool = False) -> Place:
    """Own a run: a new one, or the next attempt of one whose owner is gone.

    Until the RUN event of the new attempt is written, ``claims`` keeps other processes from opening it, too.

    Args:
        backend: keeps it.
        run_id: of the run.
        resume: as :meth:`runlog.Experiment.start_logging` takes it.
        claims: see above.
        shared: by processes of one job, of which another one may have opened the attempt.
    """
    exists = _has_run(backend, run_id, resume)
    if resume == "must" and not exists:
        raise RunNotFoundError(
            f'there is no run {run_id} in {backend.location} to resume: resume="allow" would start it'
        )
    fresh = not exists and claim(backend, run_id)
    if not fresh and resume == "never":
        raise RunExistsError(
            f'run {run_id} exists in {backend.location}: resume="allow" goes on with it as its next attempt, '
            "Run(experiment, run_id) reads it or logs to it as a guest"
        )
    if not claims.enter_context(backend.taking_up(run_id)):
        raise _TakenJustNowError(f"run {run_id} can't be resumed: another process is resuming it at this moment")
    if fresh and not backend.first_writer(run_id):
        return Place(1, owner=True, fresh=True)
    return _next_attempt(backend, run_id, shared=shared)


def _next_attempt(backend: Backend, run_id: str, *, shared: bool) -> Place:
    """The next attempt of a run, or the one that another process of the same start has opened meanwhile."""
    if shared and (opened := _opened_by_others(backend, run_id)) is not None:
        return opened
    state = _state_as_known(backend, run_id)
    if state.owner_alive:
        raise RunStateError(
            f"run {run_id} can't be resumed: its process still lives; Run(experiment, run_id) logs to it as a guest"
        )
    return Place(state.attempts + 1, owner=True, fresh=False)


def _state_as_known(backend: Backend, run_id: str) -> RunState:
    """The run's state; where its server does not give it, one that says nothing: training goes on all the same.

    Raises:
        JournalError: it is in a folder of this machine, and can't be read.
    """
    from runlog.state import RunState

    try:
        return backend.state(run_id)
    except (ServerError, JournalError) as error:
        if not is_server(backend.location):
            raise
        _logger.warning("run %s is gone on with though its state is not known: %s", run_id, error)
        return RunState(run_id, is_partial=True)


def _opened_by_others(backend: Backend, run_id: str) -> Place | None:
    """The place in an attempt that another process of this start has opened; None where none has."""
    how = standing(backend, run_id)
    joins = not how.why_not and bool(backend.first_writer(run_id))  # else nobody has written to it
    return Place(how.attempt, owner=False, fresh=False) if joins else None


def _has_run(backend: Backend, run_id: str, resume: str) -> bool:
    """Whether the run exists; where a server can't be asked, only who must know is told so.

    Raises:
        ServerError: the server can't be asked, and the run is to be resumed by all means.
    """
    try:
        return backend.has_run(run_id)
    except ServerError as error:
        if resume == "must":
            raise
        _logger.warning("run %s is taken for a new one, as its server can't be asked now: %s", run_id, error)
        return False


def _is_there(backend: Backend, run_id: str) -> bool:
    """Whether a run exists, as far as is known: who then claims it asks the server once more, and tells."""
    try:
        return backend.has_run(run_id)
    except ServerError:
        return False


def claim(backend: Backend, run_id: str, *, new: bool = False) -> bool:
    """Make a new run's place; False where another process was first.

    Args:
        backend: keeps it.
        run_id: of the run.
        new: the id was just made up, so that no other machine has it.
    """
    try:
        return backend.claim_new_run(run_id) if new else backend.claim_run(run_id)
    except OSError:  # the writer meets the same fault with its first record: it counts, and says why
        return True
