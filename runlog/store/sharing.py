"""Group permissions for a workspace that several people of one machine write to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_FOLDER = stat.S_IRWXG | stat.S_ISGID
"""Added to a folder's mode: the group may write, and what is made inside belongs to the folder's group."""
FILE = stat.S_IRGRP | stat.S_IWGRP
"""Added to a file's mode: the group may read it."""


def make_folder(folder: Path, top: Path, *, shared: bool) -> None:
    """Make a folder and those above it up to ``top``; shared ones whatever the umask is.

    Only folders that are made here get another mode: those of other people can't be changed, and have it already.

    Raises:
        OSError: it can't be made.
    """
    if not shared:
        folder.mkdir(parents=True, exist_ok=True)
        return
    if folder != top and not folder.parent.is_dir():
        make_folder(folder.parent, top, shared=True)
    try:
        folder.mkdir(parents=folder == top)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        _add(folder, _FOLDER)


def share_file(one: Path | int) -> None:
    """Let the group read a file that was just made.

    Args:
        one: an open descriptor of it, or its path where nobody else may have put something there by now.

    Raises:
        OSError: its mode can't be changed.
    """
    _add(one, FILE)


def share_folder(folder: Path | int) -> None:
    """Let the group write into a folder.

    Args:
        folder: its path, or an open descriptor of it.

    Raises:
        OSError: its mode can't be changed, as that of another user's folder.
    """
    _add(folder, _FOLDER)


def _add(one: Path | int, bits: int) -> None:
    if os.name == "posix":  # elsewhere a folder's access list is inherited anyhow
        os.chmod(one, stat.S_IMODE(os.stat(one).st_mode) | bits)  # noqa: PTH101, PTH116 - a descriptor has no path
