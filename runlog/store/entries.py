"""Small named records in a folder, changed by several processes without losing what another wrote."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runlog.backend import Entry
from runlog.journal import real_time
from runlog.store.folder_lock import locked
from runlog.whole_files import write_whole

PATIENCE = 10.0
"""Seconds to wait for another process, which holds the lock for the time of one small write."""


class FolderEntries:
    """Files under a workspace's folder, one for each entry."""

    def __init__(self, folder: Path, make_folder: Callable[[Path], None]) -> None:
        """Nothing is made here.

        Args:
            folder: of the workspace.
            make_folder: makes a folder in it where there is none.
        """
        self._folder = folder
        self._make_folder = make_folder

    def names(self, folder: str) -> list[str]:
        """Names of the entries in a folder, without those that begin with a dot, in alphabetical order."""
        try:
            with os.scandir(self._folder / folder) as found:
                return sorted(f"{folder}/{one.name}" for one in found if not one.name.startswith(".") and one.is_file())
        except FileNotFoundError:
            return []

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, in alphabetical order."""
        try:
            with os.scandir(self._folder / folder) as found:
                return sorted(f"{folder}/{one.name}" for one in found if one.is_dir())
        except FileNotFoundError:
            return []

    def read(self, name: str) -> Entry | None:
        """An entry's content; None where there is none."""
        try:
            data = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return Entry(data, data.decode(errors="surrogateescape"))  # small: the content itself tells versions apart

    def put(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write an entry if it still is what it was when it was read; ``expected`` None: if it does not exist."""
        path = self._folder / name
        self._make_folder(path.parent)
        with _locked(path.parent):
            if expected is None:
                return _make(path, data)
            entry = self.read(name)
            if entry is None or entry.revision != expected:
                return False
            write_whole(path, data)
        return True

    def delete(self, name: str) -> bool:
        """Remove an entry; False where there is none."""
        path = self._folder / name
        if not path.exists():
            return False
        with _locked(path.parent):
            path.unlink(missing_ok=True)
        return True


def _make(path: Path, data: bytes) -> bool:
    """Make a file, whole; False where there is one. A link decides, also where the file system knows no locks."""
    draft = path.with_name(f".{os.urandom(6).hex()}.{os.getpid()}.tmp")
    draft.write_bytes(data)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError as error:  # a file system without links: the lock decides
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}:
            raise
        if path.exists():
            return False
        write_whole(path, data)
    finally:
        draft.unlink(missing_ok=True)
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, waiting for a process that has it."""
    give_up = real_time.monotonic() + PATIENCE
    while True:
        with locked(folder) as free:
            if free:
                yield
                return
        if real_time.monotonic() > give_up:
            raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock and does not give it back", str(folder))
        time.sleep(0.002)
