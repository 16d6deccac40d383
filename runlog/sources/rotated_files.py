"""The files that a log was rotated to, such as ``app.log.1``, in the order in which they were written."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

Identity = tuple[int, int]
"""Device and inode: a file keeps them when it is renamed."""
LOOKS = 10
"""Listings of a folder in which files are renamed meanwhile, at the most."""
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")


class Rotated(NamedTuple):
    """A file, held open: it may get other names, and stays what it is."""

    identity: Identity
    file: BinaryIO


class Listing(NamedTuple):
    """The files beside a log."""

    unknown: list[Rotated]
    """Those that were not known, the oldest first."""
    identities: set[Identity]
    """Of all of them that have something in them, but for such as were renamed whenever they were to be opened: these
    come with a later listing."""


def identity_of(status: os.stat_result) -> Identity:
    """What a file is, whatever its name."""
    return status.st_dev, status.st_ino


def rotated_identities(path: Path) -> set[Identity]:
    """The files that a log was rotated to so far."""
    return {identity_of(status) for _, status in _beside(path) if status.st_size}


@contextmanager
def rotated_files(path: Path, known: Collection[Identity]) -> Iterator[Listing]:
    """The files that a log was rotated to, those that are not known held open for the block.

    Each is opened before it is told what it is, and the folder is listed until two listings are the same: a name that
    was listed may be another file's a moment later.

    Args:
        path: of the log itself.
        known: files that need not be opened.

    Raises:
        OSError: a file can't be opened.
    """
    with ExitStack() as held:
        opened: dict[Identity, BinaryIO] = {}
        names: dict[Identity, str] = {}
        before: dict[str, Identity] = {}
        for _ in range(LOOKS):
            now = {}
            for one, status in _beside(path):
                identity = identity_of(status)
                if identity not in known and identity not in opened:
                    identity = _hold(one, identity, opened, held)
                now[one.name] = identity
                names[identity] = one.name
            if now == before:
                break
            before = now
        unknown = [Rotated(identity, file) for identity, file in opened.items() if identity not in known]
        # An empty one may hold a name for a moment only; then its inode is given to the next log.
        empty = {identity for identity, file in opened.items() if not os.fstat(file.fileno()).st_size}
        seen = {identity for identity in names if identity in known or identity in opened} - empty
        yield Listing(sorted(unknown, key=lambda one: _age(one.file, names[one.identity])), seen)


def _hold(path: Path, identity: Identity, opened: dict[Identity, BinaryIO], held: ExitStack) -> Identity:
    """Open a file, unless it is gone; which one it is may have changed since it was listed."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return identity
    found = identity_of(os.fstat(file.fileno()))
    if found in opened:
        file.close()
    else:
        opened[found] = held.enter_context(file)
    return found


def _age(file: BinaryIO, name: str) -> tuple[int, int, str]:
    """Sorts the oldest first. Times go in steps of some milliseconds: within one, the larger number is the older."""
    suffix = name.rpartition(".")[2]
    return os.fstat(file.fileno()).st_mtime_ns, -int(suffix) if suffix.isdecimal() else 0, name


def _beside(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for one in path.parent.glob(glob.escape(path.name) + ".*"):
        if one.suffix not in _COMPRESSED:
            try:
                status = one.stat()
            except FileNotFoundError:
                continue
            yield one, status
