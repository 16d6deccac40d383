"""Files below a folder, opened so that nothing in the folder leads out of it: no link, no pipe, no device.

Whoever may write into a shared workspace, or sent one as an archive, may have put a link where a folder is expected, at
any moment. So a path is not looked at and then used: each part of it is opened below the one before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from runlog.checks.names import inner_path
from runlog.journal.open_file import LINK, open_regular
from runlog.journal.reserve import NONE_LEFT

_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", os.O_RDONLY)
_BY_DESCRIPTOR = {os.open, os.mkdir, os.rename, os.unlink, os.stat} <= os.supports_dir_fd


class Place(tuple[str, int | None]):
    """Where a file is, or may be made: its name, and the open folder that it is in.

    A named tuple would be made by evaluated code, and a program that loads that at its exit forgets that it was Ctrl-C.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """In the open folder, else its whole path."""
        return self[0]

    @property
    def folder(self) -> int | None:
        """A descriptor of the folder; None where the platform has no such calls."""
        return self[1]


@contextmanager
def place_below(folder: Path, name: str, *, on_made: Callable[[Path | int], object] | None = None) -> Iterator[Place]:
    """The place of a file below a folder, for the block; no part of its path below the folder is a link.

    Args:
        folder: may itself be reached by links.
        name: the file's path in it, with ``/`` between its parts.
        on_made: lets folders be made that are missing, and is called with a descriptor, else with the path of each.
            None: they must be there.

    Raises:
        WrongValueError: the name leads elsewhere, or can't be a file's.
        FileNotFoundError: a folder is missing.
        OSError: a folder can't be opened, or is a link.
    """
    *above, last = inner_path(name).split("/")
    held = _opened_below(folder, above, on_made) if _BY_DESCRIPTOR else None
    if held is None:
        yield Place((str(_looked_at(folder, above, on_made) / last), None))
        return
    try:
        yield Place((last, held))
    finally:
        os.close(held)


def _opened_below(folder: Path, parts: list[str], on_made: Callable[[Path | int], object] | None) -> int | None:
    """A descriptor of a folder below another one; None where the process has too few left to go down to it."""
    held = None
    try:
        held, path = os.open(folder, _FOLDER), folder
        for part in parts:
            path /= part
            inner = _opened(held, part, path, on_made)
            os.close(held)
            held = inner
    except BaseException as error:
        if held is not None:
            os.close(held)
        if isinstance(error, OSError) and error.errno in NONE_LEFT:
            return None
        raise
    return held


def _opened(folder: int, part: str, path: Path, on_made: Callable[[Path | int], object] | None) -> int:
    """A descriptor of a folder in an open one."""
    while True:
        try:
            return os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
        except FileNotFoundError:
            if on_made is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
        except OSError as error:  # where both a folder and no link is asked for, systems differ in what they say
            if error.errno not in {errno.ENOTDIR, errno.ELOOP, errno.EMLINK}:
                raise
            is_link = stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
            raise OSError(
                errno.ELOOP if is_link else error.errno, LINK if is_link else error.strerror, str(path)
            ) from None
        try:
            os.mkdir(part, dir_fd=folder)
        except FileExistsError:  # by another process, just now
            continue
        made = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        try:
            on_made(made)
        finally:
            os.close(made)


def _looked_at(folder: Path, parts: list[str], on_made: Callable[[Path | int], object] | None) -> Path:
    """The same where folders can't be opened: only a link that is put there a moment later is followed."""
    path = folder
    for part in parts:
        path /= part
        if path.is_symlink() or ":" in part:
            raise OSError(errno.ELOOP, LINK, str(path))
        if on_made is not None and not path.is_dir():
            path.mkdir()
            on_made(path)
    return path


def target_below(folder: Path, name: str) -> Path:
    """Where a file that comes from elsewhere is written below a folder that somebody named.

    Links in that folder are that person's own, and are followed as everywhere where one says where to write.

    Args:
        folder: to write below.
        name: the file's path in it, as a run or a model has it.

    Raises:
        WrongValueError: the name leads elsewhere.
    """
    return folder.joinpath(*inner_path(name).split("/"))


def open_below(folder: Path, name: str) -> BinaryIO:
    """A regular file below a folder, to be read.

    Args:
        folder: may itself be reached by links.
        name: the file's path in it.

    Raises:
        WrongValueError: the name leads elsewhere, or can't be a file's.
        FileNotFoundError: there is none.
        OSError: it can't be opened, is no regular file, or is behind a link.
    """
    with place_below(folder, name) as place:
        number = open_regular(place.name, dir_fd=place.folder)
    return os.fdopen(number, "rb")


def read_below(folder: Path, name: str, most: int | None = None) -> bytes:
    """The content of a regular file below a folder.

    Args:
        folder: may itself be reached by links.
        name: the file's path in it.
        most: bytes that are read at the most; what is behind them is left out.

    Raises:
        WrongValueError, FileNotFoundError, OSError: as :func:`open_below`.
    """
    with open_below(folder, name) as file:
        return file.read() if most is None else file.read(most)


def status_below(folder: Path, name: str) -> os.stat_result | None:
    """What the file system tells of a regular file below a folder; None where there is none, or something else.

    Raises:
        WrongValueError: the name leads elsewhere, or can't be a file's.
    """
    try:
        with place_below(folder, name) as place:
            found = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def regular_files_in(folder: Path) -> list[str]:
    """Names of the regular files in a folder, in order; none where there is no such folder.

    Raises:
        OSError: it can't be listed.
    """
    try:
        with os.scandir(folder) as listed:
            return sorted(one.name for one in listed if one.is_file(follow_symlinks=False))
    except FileNotFoundError:
        return []


def regular_files_below(folder: Path) -> Iterator[str]:
    """Paths of the regular files below a folder, in order; links, and what is behind them, are left out.

    Raises:
        OSError: a folder can't be listed.
    """
    yield from _files_in(folder, "")


def _files_in(folder: Path, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as listed:
            found = sorted(listed, key=lambda one: one.name)
    except FileNotFoundError:  # there is none, or not any more
        return
    for one in found:
        if one.is_dir(follow_symlinks=False):
            yield from _files_in(folder / one.name, f"{prefix}{one.name}/")
        elif one.is_file(follow_symlinks=False):
            yield f"{prefix}{one.name}"
