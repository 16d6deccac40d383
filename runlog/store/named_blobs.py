"""Which blobs a workspace's folder names anywhere.

Whatever names a blob has its hash in a field ``sha256``. So events are not taken apart by their kind: an event that
this version does not know keeps its blobs, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from runlog.checks.files import regular_files_below
from runlog.errors import JournalError, RunFileNotFoundError, RunStateError
from runlog.journal.format import EventFlag
from runlog.journal.open_file import read_regular
from runlog.journal.reader import RunJournal
from runlog.records import decode_blob_pointer
from runlog.store.folder import FolderBackend

ENTRIES = ("experiments", "models")
"""Folders of small records."""
_FIELD = b"sha256"
_HASH = re.compile(rb"[0-9a-f]{64}")


def named_blobs(backend: FolderBackend, without: frozenset[str] = frozenset()) -> set[str]:
    """The hashes that runs, records outside runs, experiments and models name.

    Args:
        backend: keeps the workspace.
        without: ids of runs that don't count.

    Raises:
        RunStateError: a journal can't be read whole, so that what it names is not known.
        ObjectStoreError: what a journal keeps in a blob can't be fetched.
    """
    found: set[str] = set()
    for journal in _journals(backend.folder, without):
        found |= _named_in(backend, journal)
    for entry in _entries(backend.folder):
        found |= _hashes(read_regular(entry))
    return found


def _journals(folder: Path, without: frozenset[str]) -> Iterator[Path]:
    for kind in ("runs", "processes"):
        parent = folder / kind
        if parent.is_dir():
            yield from (one for one in sorted(parent.iterdir()) if one.is_dir() and one.name not in without)


def _entries(folder: Path) -> Iterator[Path]:
    for kind in ENTRIES:
        yield from (folder / kind / name for name in regular_files_below(folder / kind))


def _named_in(backend: FolderBackend, folder: Path) -> set[str]:
    try:
        journal = RunJournal(folder)
        found: set[str] = set()
        for event in journal.events(contains=_FIELD):
            found |= _hashes(event.payload)
            if event.flags & EventFlag.BLOB:
                found |= _in_blob(backend, decode_blob_pointer(event.payload).sha256)
    except JournalError as error:
        raise _unknown(folder, str(error)) from error
    if journal.damage:
        raise _unknown(folder, f"it has damage: {journal.damage}")
    return found


def _in_blob(backend: FolderBackend, sha256: str) -> set[str]:
    """What the payload that is kept in a blob names; nothing where the blob is gone already."""
    try:
        payload = backend.read_blob(sha256)
    except RunFileNotFoundError:
        return set()
    return _hashes(payload) if _FIELD in payload else set()


def _hashes(data: bytes) -> set[str]:
    return {found.decode() for found in _HASH.findall(data)}


def _unknown(folder: Path, why: str) -> RunStateError:
    return RunStateError(
        f"no blob was removed, as {folder} may name some and can't be read whole ({why}): `runlog doctor` says more. "
        "Where the run is not needed, delete it first"
    )
