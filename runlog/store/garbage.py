"""What a workspace's folder holds that nobody needs any more, and its removal.

A blob is removed where nothing names it. Between its writing and the event that names it there is a moment, for which
``grace`` stands. Content that is kept again renews its blob's time, and whoever finds that a blob went just then
writes it anew, so that nobody has to wait for anybody.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runlog.checks.files import regular_files_below
from runlog.errors import ConfigurationError, RunStateError
from runlog.journal import real_time
from runlog.store.contract import Collected
from runlog.store.folder import FolderBackend
from runlog.store.folder_lock import locked
from runlog.store.named_blobs import named_blobs
from runlog.store.retention import expired_runs
from runlog.workspace_folder import SETTINGS, check_layout, has_settings, read_settings

GRACE = 86_400.0
"""Seconds for which what was just written is kept."""
_BLOB = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}")
_DRAFT = re.compile(r"\.[0-9a-f]{12}\.\d+\.tmp")
_DELETED = re.compile(r"[\w-]+\.[0-9a-f]{8}")
_JOURNAL_DRAFT = re.compile(r"[0-9a-z]{12}[.\-].*\.tmp")


class _Found(NamedTuple):
    path: Path
    size: int


class Blob(NamedTuple):
    """Content in a workspace's folder, as it was found."""

    path: Path
    sha256: str
    size: int
    """Bytes."""
    changed: int
    """Its modification time in nanoseconds."""
    newest: float
    """When it was written, named anew or given its name last, in seconds since 1970."""


def collect(
    backend: FolderBackend, *, older_than: float | None = None, grace: float = GRACE, dry_run: bool = False
) -> Collected:
    """Remove what nobody needs any more: see :meth:`runlog.store.contract.Store.gc`.

    Raises:
        ConfigurationError: the folder has no ``workspace.json``, or a newer runlog made it.
        RunStateError: another process collects, or a journal can't be read whole.
        ObjectStoreError: the object store that blobs were moved to can't be used.
        OSError: something can't be removed.
    """
    folder = backend.folder
    if not folder.is_dir():
        return Collected(0, 0, [], 0, 0, 0)
    if not has_settings(folder):
        raise ConfigurationError(f"{folder} has no {SETTINGS}, so that nothing in it is removed: name a workspace")
    check_layout(folder, read_settings(folder))
    with locked(folder) as free:
        if not free:
            raise RunStateError(f"another process collects garbage in {folder} just now: let it end")
        runs = [] if older_than is None else expired_runs(backend, folder, real_time.wall() - older_than)
        run_bytes = sum(_size(folder / "runs" / run_id) for run_id in runs)
        latest = real_time.wall() - grace
        named = named_blobs(backend, frozenset(runs))
        blobs = [one for one in blobs_here(folder) if one.sha256 not in named and one.newest < latest]
        # What was moved was old then: whoever names it anew keeps it here first.
        moved = {sha256: size for sha256, size in backend.blobs.moved() if sha256 not in named}
        leftovers = list(_leftovers(folder, latest))
        if not dry_run:
            for run_id in runs:
                backend.delete_run(run_id)
            blobs = [blob for blob in blobs if take_blob_away(folder, blob)]
            backend.blobs.remove_moved(moved)
            for leftover in leftovers:
                _remove(leftover.path)
            with contextlib.suppress(OSError):  # there is none, or a run is being deleted
                (folder / "deleted").rmdir()
    blob_bytes = sum(one.size for one in blobs) + sum(moved.values())
    return Collected(len(blobs) + len(moved), blob_bytes, runs, run_bytes, len(leftovers), _sum(leftovers))


def blobs_here(folder: Path) -> Iterator[Blob]:
    """The blobs in a workspace's folder."""
    for name in regular_files_below(folder / "blobs"):
        path = folder / "blobs" / name
        if _BLOB.fullmatch(name):
            status = path.lstat()
            newest = max(status.st_mtime, status.st_ctime)
            yield Blob(path, path.name, status.st_size, status.st_mtime_ns, newest)


def take_blob_away(folder: Path, blob: Blob) -> bool:
    """Remove a blob, unless its content was kept again since it was found: then it keeps its name."""
    doomed = folder / "deleted" / f"{blob.path.name}.{os.urandom(4).hex()}"
    doomed.parent.mkdir(exist_ok=True)
    blob.path.rename(doomed)
    renewed = doomed.stat().st_mtime_ns != blob.changed
    if renewed:
        doomed.replace(blob.path)
    else:
        doomed.unlink()
    return not renewed


def _leftovers(folder: Path, latest: float) -> Iterator[_Found]:
    """What an interrupted removal or write left behind."""
    for path in _drafts(folder):
        status = path.lstat()
        if max(status.st_mtime, status.st_ctime) < latest:
            yield _Found(path, _size(path))


def _drafts(folder: Path) -> Iterator[Path]:
    if not (folder / "deleted").is_symlink():
        yield from (one for one in (folder / "deleted").glob("*") if _DELETED.fullmatch(one.name))
    for kind in ("runs", "processes"):
        for run in (one for one in (folder / kind).glob("*") if not one.is_symlink()):
            yield from (one for one in run.glob("*.tmp") if _JOURNAL_DRAFT.fullmatch(one.name))
            if not (run / "files").is_symlink():
                yield from (one for one in (run / "files").rglob(".*.tmp") if _DRAFT.fullmatch(one.name))
    for kind in ("blobs", "experiments", "models"):
        yield from (one for one in (folder / kind).rglob(".*.tmp") if _DRAFT.fullmatch(one.name))
    yield from (one for one in folder.glob(".*.tmp") if _DRAFT.fullmatch(one.name))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    """Bytes that a file, or what is in a folder, takes on the disk: segments may be sparse."""
    files = [path] if not path.is_dir() or path.is_symlink() else [one for one in path.rglob("*") if not one.is_dir()]
    statuses = [one.lstat() for one in files]
    return sum(getattr(one, "st_blocks", one.st_size // 512) * 512 for one in statuses)


def _sum(found: list[_Found]) -> int:
    return sum(one.size for one in found)
