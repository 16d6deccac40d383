"""Runs that are deleted from a workspace's folder, and never made anew by somebody who still logs to them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from runlog.errors import RunNotFoundError

_deleted: set[tuple[Path, str]] = set()
"""The workspaces and ids of the runs that this process has deleted."""


def delete(folder: Path, run_id: str) -> None:
    """Move a run's folder out of ``runs/`` in one step, then remove it.

    Raises:
        RunNotFoundError: there is none.
    """
    import shutil

    forget(folder, run_id)
    bin_folder = folder / "deleted"
    bin_folder.mkdir(exist_ok=True)
    doomed = bin_folder / f"{run_id}.{os.urandom(4).hex()}"
    try:
        (folder / "runs" / run_id).rename(doomed)
    except FileNotFoundError as error:
        raise RunNotFoundError(f"there is no run {run_id} in {folder} to delete") from error
    if doomed.is_symlink():  # what it leads to is somebody else's
        doomed.unlink()
    else:
        shutil.rmtree(doomed)
    with contextlib.suppress(OSError):  # another run is being deleted
        bin_folder.rmdir()


def forget(folder: Path, run_id: str) -> None:
    """Have no writer of this process make the run's folder from now on."""
    _deleted.add((folder, run_id))


def allow(folder: Path, run_id: str) -> None:
    """A new run has this id."""
    _deleted.discard((folder, run_id))


def is_deleted(folder: Path, run_id: str) -> bool:
    """Whether this process has deleted the run."""
    return (folder, run_id) in _deleted
