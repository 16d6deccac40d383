"""Whether a run belongs to the start of a job that this process is of, and may be joined.

The id that the processes of a job have in common may come again: with the next start of the same command, with the
restart of workers that failed, with a variable that stayed in the shell. Then it names a run that has nothing to do
with this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from runlog.backend import Backend
from runlog.errors import RunLogError, ServerError
from runlog.journal.identity import host
from runlog.lifecycle import joining
from runlog.records import Launch, RunOpened
from runlog.statuses import NOT_STARTED, RUNNING

if TYPE_CHECKING:
    from runlog.state import RunState


class Standing(Struct, frozen=True):
    """How a run stands to this process."""

    attempt: int
    """The newest one's number."""
    why_not: str = ""
    """Why it is not joined, to be put behind "run ID"; empty where it is."""


def standing(backend: Backend, run_id: str) -> Standing:
    """How a run that exists stands to this process. One that nobody has written to yet is just being made."""
    try:
        state = backend.state(run_id)
    except ServerError:  # it goes by what is known, which is nothing
        return Standing(1)
    except RunLogError as error:
        return Standing(1, f"can't be read ({error})")
    newest = {writer: one for writer, one in state.writers.items() if one.attempt == state.attempts}
    attempt = max(1, state.attempts)
    if not newest or state.status == NOT_STARTED:
        return Standing(attempt)
    return Standing(attempt, _why_not(backend, state, newest))


def _why_not(backend: Backend, state: RunState, newest: Mapping[str, RunOpened]) -> str:
    mine = joining.launch()
    goes_on = state.owner_alive or state.status == RUNNING
    ended = "" if goes_on else f"is {state.status}"
    opening = min(newest.values(), key=lambda one: (not one.owner, one.time))
    if mine is None or opening.launch is None:  # several processes that the user gave one id, or what a program started
        return ended
    if not all(_is_same(mine, one.launch, one.host) for one in newest.values() if one.launch is not None):
        return ended or "is written by another start of the job"
    before = [writer for writer, one in newest.items() if one.rank == joining.rank()]
    if not before or (goes_on and _any_lives(backend, state.id, before)):
        return ""
    return ended or f"was left by an earlier process of rank {joining.rank()}"


def _is_same(mine: Launch, theirs: Launch, their_host: str) -> bool:
    """Whether two processes are of one start of a job, as far as can be told."""
    if (mine.id, mine.requeues) != (theirs.id, theirs.requeues) or (mine.size and theirs.size not in {0, mine.size}):
        return False
    if their_host != host() or not mine.agent or not theirs.agent:
        return True
    return (mine.agent, mine.restarts) == (theirs.agent, theirs.restarts)


def _any_lives(backend: Backend, run_id: str, writers: Iterable[str]) -> bool:
    """Whether one of these writers may still write; nothing is known where a server can't be asked."""
    try:
        known = {one.writer_id: one.liveness() for one in backend.journal(run_id).writers}
    except RunLogError:
        return True
    return any(known[writer].may_write for writer in writers if writer in known)
