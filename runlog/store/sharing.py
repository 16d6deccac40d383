"""Group permissions for a workspace that several people of one machine write to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_FOLDER = stat.S_IRWXG | stat.S_ISGID
"""Added to a folder's mode: the group may write, and what is made inside belongs to the folder's group."""
_FILE = stat.S_IRGRP | stat.S_IWGRP


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


def share_file(path: Path) -> None:
    """Let the group read and replace a file that was just made.

    Raises:
        OSError: its mode can't be changed.
    """
    _add(path, _FILE)


def share_folder(folder: Path) -> None:
    """Let the group write into a folder.

    Raises:
        OSError: its mode can't be changed, as that of another user's folder.
    """
    _add(folder, _FOLDER)


def _add(path: Path, bits: int) -> None:
    if os.name == "posix":  # elsewhere a folder's access list is inherited anyhow
        path.chmod(stat.S_IMODE(path.stat().st_mode) | bits)
