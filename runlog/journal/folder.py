"""Making a journal's folder."""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path

REMOVED = "the run was deleted, or its folder removed"


def make_folder(folder: Path) -> None:
    """Have a folder, and those above it.

    A file in its place shows with the first file that is made in it. ``Path.mkdir(exist_ok=True)`` would look: what a
    signal handler raises meanwhile it may take for an answer, and say that there is a file.

    Raises:
        OSError: it can't be made.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        return
    except FileNotFoundError:
        if folder.parent == folder:
            raise
        make_folder(folder.parent)
        with suppress(FileExistsError):  # another process made it
            folder.mkdir()


def have_folder(folder: Path, *, makes: bool) -> None:
    """Have a folder that is there, or that may be made.

    Raises:
        OSError: it can't be made, or is not there and is not to be made anew.
    """
    if makes:
        make_folder(folder)
    elif not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, REMOVED, str(folder))
