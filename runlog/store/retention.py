"""Which runs have been kept long enough."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runlog.statuses import ENDED

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState

PINNED = "pinned"
"""The tag that keeps a run for good, whatever its value; ``false`` lets it go again."""


def expired_runs(backend: Backend, folder: Path, before: float) -> list[str]:
    """Runs that ended before a moment, children before the runs above them.

    A run stays where it is pinned, where a process may still write to it, and where one beneath it stays.

    Args:
        backend: keeps the runs.
        folder: of the workspace.
        before: seconds since 1970.
    """
    states = {state.id: state for state in backend.states(backend.run_ids())}
    expired = {run_id for run_id, state in states.items() if _has_expired(backend, folder, state, before)}
    waiting = [state for run_id, state in states.items() if run_id not in expired]
    while waiting:  # what is above a run that stays, stays
        parent = states.get(waiting.pop().parent or "")
        if parent is not None and parent.id in expired:
            expired.discard(parent.id)
            waiting.append(parent)
    return sorted(expired, key=lambda run_id: _depth(states, run_id), reverse=True)


def is_pinned(state: RunState) -> bool:
    """Whether a run is kept for good."""
    return PINNED in state.tags and (state.tags[PINNED] or "").lower() != "false"


def _has_expired(backend: Backend, folder: Path, state: RunState, before: float) -> bool:
    if state.status not in ENDED or is_pinned(state):
        return False
    if any(writer.liveness().may_write for writer in backend.journal(state.id).writers):
        return False
    ended = state.ended / 1e9 if state.ended is not None else _last_written(folder / "runs" / state.id)
    return ended < before


def _last_written(folder: Path) -> float:
    """When a run was last written to that could not say when it ended."""
    return max((one.lstat().st_mtime for one in (folder, *folder.iterdir())), default=0.0)


def _depth(states: dict[str, RunState], run_id: str) -> int:
    depth, parent, seen = 0, states[run_id].parent, {run_id}
    while parent in states and parent not in seen:
        seen.add(parent)
        depth, parent = depth + 1, states[parent].parent
    return depth
