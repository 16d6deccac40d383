"""Runs deleted for good, but never under the hands of a process that writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runlog.errors import RunStateError
from runlog.lifecycle import open_runs
from runlog.reading.family import read_children

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.run import Run


def delete(run: Run, *, recursive: bool, force: bool) -> list[str]:
    """Delete a run, and with ``recursive`` those beneath it; the ids of what is gone, the run's own last.

    Raises:
        RunStateError: one of them is being written, or has children that were not to be deleted.
    """
    backend = run._backend
    beneath = [state.id for state in read_children(backend, run.id, recursive=True)]
    if beneath and not recursive:
        raise RunStateError(
            f"run {run.id} has {len(beneath)} runs beneath it, which would be left without it: recursive=True (on the "
            "command line --recursive) deletes them, too"
        )
    doomed = [*reversed(beneath), run.id]
    for run_id in doomed:
        _refuse_live(backend, run_id, force=force)
    for run_id in doomed:
        backend.delete_run(run_id)
    return doomed


def _refuse_live(backend: Backend, run_id: str, *, force: bool) -> None:
    recorder = open_runs.recorder_of(backend, run_id)
    if recorder is not None and not open_runs.owned_here(recorder):  # opened to tag it, say; nothing more is coming
        open_runs.release(recorder)
    open_runs.close_late(backend, run_id)
    signs = {writer.liveness().name for writer in backend.journal(run_id).writers}
    if "ALIVE" in signs:
        raise RunStateError(
            f"run {run_id} is being written by a living process, and can't be deleted: end it first (run.complete(), "
            "run.cancel(), or stop its process)"
        )
    if "SILENT" in signs and not force:
        raise RunStateError(
            f"run {run_id} was written on another host, and its process gave no sign that it ended: if you know that "
            "it did, force=True (on the command line --force) deletes the run"
        )
