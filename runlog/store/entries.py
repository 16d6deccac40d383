"""Small named records in a folder, changed by several processes without losing what another wrote."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from runlog.backend import Entry
from runlog.file_paths import is_part
from runlog.journal import real_time
from runlog.journal.open_file import open_regular
from runlog.store.folder_lock import locked
from runlog.whole_files import new_file, write_whole

PATIENCE = 10.0
"""Seconds to wait for another process, which holds the lock for the time of one small write."""


class FolderEntries:
    """Files under a workspace's folder, one for each entry."""

    def __init__(
        self,
        folder: Path,
        make_folder: Callable[[Path], None],
        share: Callable[[Path | int], object],
        rights: Callable[[], int],
    ) -> None:
        """Nothing is made here.

        Args:
            folder: of the workspace.
            make_folder: makes a folder in it where there is none.
            share: lets others write into a folder that was just made, where the workspace is shared.
            rights: gives the bits that a file's mode has there.
        """
        self._folder = folder
        self._make_folder = make_folder
        self._share = share
        self._rights = rights

    def names(self, folder: str) -> list[str]:
        """Names of the entries in a folder, without those that begin with a dot, in alphabetical order."""
        return self._listed(folder, lambda one: not one.name.startswith(".") and one.is_file(follow_symlinks=False))

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, in alphabetical order."""
        return self._listed(folder, lambda one: one.is_dir(follow_symlinks=False))

    def _listed(self, folder: str, wanted: Callable[[os.DirEntry[str]], bool]) -> list[str]:
        """Names in a folder of entries; where a link stands in its place, there are none."""
        place = self._folder / folder
        if any(one.is_symlink() for one in _below_top(self._folder, place)):
            return []
        try:
            with os.scandir(place) as found:
                return sorted(f"{folder}/{one.name}" for one in found if wanted(one) and is_part(one.name))
        except FileNotFoundError:
            return []

    def _place(self, name: str, *, makes: bool = False) -> AbstractContextManager[tuple[str, int | None]]:
        """An entry's place: its path, in an open folder. The folders at the top may be links, and so may a run's."""
        top, inner = _split(name)
        if makes:
            self._make_folder(self._folder / top)
        if is_part(inner):  # as an experiment's, which each run looks at when it starts
            return nullcontext((str(self._folder / top / inner), None))
        from runlog.checks.files import place_below

        return place_below(self._folder / top, inner, on_made=self._share if makes else None)

    def read(self, name: str) -> Entry | None:
        """An entry's content; None where there is none.

        Raises:
            OSError: it can't be read, or is no regular file.
        """
        try:
            with self._place(name) as (path, folder), os.fdopen(open_regular(path, dir_fd=folder), "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return None
        return Entry(data, data.decode(errors="surrogateescape"))  # small: the content itself tells versions apart

    def put(self, name: str, data: bytes, expected: str | None) -> bool:
        """Write an entry if it still is what it was when it was read; ``expected`` None: if it does not exist."""
        with self._place(name, makes=True) as (path, folder), _locked((self._folder / name).parent):
            if expected is None:
                return _make(Path(path), folder, data, self._rights())
            entry = self.read(name)
            if entry is None or entry.revision != expected:
                return False
            write_whole(Path(path), data, folder, self._rights())
        return True

    def delete(self, name: str) -> bool:
        """Remove an entry; False where there is none."""
        try:
            with self._place(name) as (path, folder), _locked((self._folder / name).parent):
                os.unlink(path, dir_fd=folder)
        except FileNotFoundError:
            return False
        return True


def _split(name: str) -> tuple[str, str]:
    """The folder at the top of an entry's name, which may be a link, and the path below it."""
    parts = name.split("/")
    at = 2 if parts[0] == "runs" else 1
    return "/".join(parts[:at]), "/".join(parts[at:])


def _below_top(folder: Path, place: Path) -> Iterator[Path]:
    """The folders of a path below the one that may be a link."""
    parts = place.relative_to(folder).parts
    at = 2 if parts[0] == "runs" else 1
    yield from (folder.joinpath(*parts[:end]) for end in range(at + 1, len(parts) + 1))


def _make(path: Path, folder: int | None, data: bytes, rights: int) -> bool:
    """Make a file, whole; False where there is one. A link decides, also where the file system knows no locks."""
    draft = path.with_name(f".{os.urandom(6).hex()}.{os.getpid()}.tmp")
    with new_file(draft, folder, rights) as file:
        file.write(data)
    try:
        os.link(draft, path, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        return False
    except OSError as error:  # a file system without links: the lock decides
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}:
            raise
        with suppress(FileNotFoundError):
            os.stat(path, dir_fd=folder, follow_symlinks=False)
            return False
        write_whole(path, data, folder, rights)
    finally:
        os.unlink(draft, dir_fd=folder)
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
