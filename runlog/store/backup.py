"""A copy of a workspace's folder, made while runs are written to it.

What a call logged that had returned before the copy began is in it, and of what came later a beginning of each
writer's streams. Journals are copied before what they name (files, blobs), which is there when it is named. Indexes
are left out: they are made anew from the journals.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from runlog.checks.files import open_below, regular_files_below, regular_files_in
from runlog.errors import JournalError, JournalVersionError, WrongValueError
from runlog.journal.files import lease_name, parse_segment_name, parse_whole_name
from runlog.journal.lease import held_lease
from runlog.journal.liveness import Liveness
from runlog.journal.open_file import opened_regular
from runlog.journal.reader import RunJournal
from runlog.records import EventKind, FileKept, decode
from runlog.store.blob_owner import HOME, OWNER
from runlog.whole_files import PIECE, new_file, sha256_of_stream
from runlog.workspace_folder import SETTINGS, read_settings

DERIVED = ("index.sqlite", "search.sqlite")
"""Databases that are made from the journals."""
ATTEMPTS = 10
"""How often a journal is copied whose run replaces files meanwhile."""
_SETTINGS = (SETTINGS, ".gitignore")
_ENTRIES = ("experiments", "models")


class BackedUp(NamedTuple):
    """What was copied."""

    runs: int
    bytes: int


def back_up(folder: Path, target: Path) -> BackedUp:
    """Copy a workspace into a folder that is new or empty; it is there whole, or not at all.

    Args:
        folder: of the workspace.
        target: of the copy.

    Raises:
        WrongValueError: the target holds something, is no folder, or lies in the workspace.
        OSError: something can't be read or written.
    """
    folder, target = folder.absolute(), target.absolute()
    _check_target(folder, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    draft.mkdir()
    try:
        runs = _copy_all(folder, draft)
        size = sum(one.stat().st_size for one in draft.rglob("*") if one.is_file())
        with suppress(FileNotFoundError):
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return BackedUp(runs, size)


def _check_target(folder: Path, target: Path) -> None:
    if target == folder or folder in target.parents:
        raise WrongValueError(f"a copy of {folder} can't lie in it ({target}): give a folder elsewhere")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WrongValueError(f"{target} is no empty folder: give a folder that is empty, or new")


def _copy_all(folder: Path, draft: Path) -> int:
    for name in _SETTINGS:
        _copy_file(folder, name, draft)
    _disown(draft)
    count = 0
    for kind in ("processes", "runs"):
        for journal in _folders(folder / kind):
            with suppress(FileNotFoundError):  # deleted meanwhile
                _copy_run(journal, draft / kind / journal.name)
                count += kind == "runs"
    for kind in (*_ENTRIES, "blobs"):
        _copy_tree(folder / kind, draft / kind)
    for name in regular_files_in(folder):
        if name.endswith(".sqlite") and name not in DERIVED:
            _copy_database(folder / name, draft / name)
    return count


def _disown(copy: Path) -> None:
    """Let the copy remove nothing from the object store, where the workspace's own content is."""
    settings = read_settings(copy)
    settings.pop(HOME, None)
    if settings.pop(OWNER, None) is not None:
        (copy / SETTINGS).write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n")


def _folders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (one for one in sorted(folder.iterdir()) if one.is_dir())


def _copy_run(folder: Path, target: Path) -> None:
    """Copy a run, until the files in the copy are those that its journal tells of."""
    target.mkdir(parents=True)
    _copy_tree(folder / "files", target / "files")
    for _ in range(ATTEMPTS):
        is_written = _copy_journal(folder, target)
        replaced = _replaced_files(target) if is_written else []
        if not replaced:
            break
        for name in replaced:
            _copy_file(folder, f"files/{name}", target)


def _replaced_files(target: Path) -> list[str]:
    """Names of files whose content in the copy is not the one that the copied journal tells of."""
    kept: dict[str, FileKept] = {}
    with suppress(JournalVersionError):  # what a later version wrote is copied as it is
        for event in RunJournal(target).events({EventKind.FILE}, state=True):
            with suppress(JournalError):  # no file can be what it says
                file = decode(FileKept, event.payload)
                if file.name not in kept or kept[file.name].time <= file.time:
                    kept[file.name] = file
    return [name for name, file in kept.items() if not _has_content(target / "files", file)]


def _has_content(files: Path, file: FileKept) -> bool:
    try:
        with open_below(files, file.name) as kept:
            return os.fstat(kept.fileno()).st_size == file.size and sha256_of_stream(kept) == file.sha256
    except OSError:
        return False


def _copy_journal(folder: Path, target: Path) -> bool:
    """Copy the files of a run's journal; what is sealed or packed meanwhile is copied under its new name.

    Returns:
        whether somebody may be writing to it.
    """
    complete = False
    while not complete:
        complete = True
        for path in [folder / name for name in regular_files_in(folder) if _is_kept(name)]:
            if path.suffix == ".open" or not (target / path.name).exists():
                try:
                    _copy_sparse(path, target / path.name)
                except FileNotFoundError:
                    if not folder.is_dir():
                        raise
                    complete = False
    for name in (one.with_suffix(".open") for one in target.glob("*.seal")):
        name.unlink(missing_ok=True)
    return _sign_leases(folder, target)


def _is_kept(name: str) -> bool:
    """Whether a file of the run's folder is copied: locks are held here, and drafts are their writers'."""
    whole = parse_whole_name(name)
    if whole is not None:
        return whole[1] != "lock"
    return parse_segment_name(name) is not None or name.endswith(".txt")


def _sign_leases(folder: Path, target: Path) -> bool:
    """Let the copy, which has no locks, tell how each writer stood; whether one of them may write."""
    try:
        signs = {writer.writer_id: writer.liveness() for writer in RunJournal(folder).writers}
    except JournalError:  # a journal of another version is copied as it is
        return False
    for writer, sign in signs.items():
        if sign is not Liveness.CLOSED or (target / lease_name(writer)).exists():
            with held_lease(target, writer) as lease:
                lease.sign(sign.value)
    return any(sign.may_write for sign in signs.values())


def _copy_sparse(source: Path, target: Path) -> None:
    """Copy a file whose end may be zeros that take no room; they are left out where they are the rest of it."""
    with opened_regular(source) as reading, _made(target, reading) as writing:
        end = 0
        while piece := reading.read(PIECE):
            if piece.strip(b"\0"):
                writing.seek(end)
                writing.write(piece)
            end += len(piece)
        if not source.name.endswith(".open"):
            writing.truncate(end)


def _copy_tree(folder: Path, target: Path) -> None:
    for name in regular_files_below(folder):
        last = name.rpartition("/")[2]
        if not (last.startswith(".") and last.endswith(".tmp")):
            _copy_file(folder, name, target)


def _copy_file(folder: Path, name: str, target: Path) -> None:
    """Copy a regular file with its mode and time, as far as it went when it was opened; what is none is left out."""
    try:
        reading = open_below(folder, name)
    except FileNotFoundError:  # removed meanwhile
        return
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EMLINK, errno.EINVAL, errno.ENXIO}:
            raise
        return  # a link, a pipe or a socket
    place = target / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with reading:
        found = os.fstat(reading.fileno())
        with _made(place, reading) as writing:
            left = found.st_size
            while piece := reading.read(min(PIECE, left)):
                writing.write(piece)
                left -= len(piece)
        os.utime(place, ns=(found.st_atime_ns, found.st_mtime_ns))


def _made(target: Path, source: BinaryIO) -> BinaryIO:
    """A new file of the mode that another one has, in the place of what a copy before made of it."""
    target.unlink(missing_ok=True)
    made = new_file(target)
    if hasattr(os, "fchmod"):
        os.fchmod(made.fileno(), stat.S_IMODE(os.fstat(source.fileno()).st_mode))
    return made


def _copy_database(source: Path, target: Path) -> None:
    with opened_regular(source) as file:
        _made(target, file).close()  # nobody else reads it, whatever the umask is
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
