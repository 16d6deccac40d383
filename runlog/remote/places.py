"""Where on this machine the client keeps what belongs to servers: outboxes, what was fetched, and credentials.

A container's user often has no home, or one that can't be written. What is on its way to a server is then kept in a
temporary folder, which only this user may look into; tokens are kept nowhere.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from runlog.current_folder import absolute
from runlog.server_address import folder_name

OUTBOX = "RUNLOG_OUTBOX"
"""The variable that names the folder of all outboxes."""


class Place(NamedTuple):
    """A folder, and where it stands in for another one, why."""

    path: Path
    instead_of: str = ""
    """What can't be used, in words; empty where nothing is amiss."""


def outboxes() -> Place:
    """The folder of all outboxes: ``RUNLOG_OUTBOX``, else one in the user's state folder, else a temporary one."""
    return _or_temporary(_wanted(), "outbox")


def _wanted() -> Path | None:
    if chosen := os.environ.get(OUTBOX, ""):
        return absolute(os.path.expanduser(chosen))  # noqa: PTH111 - Path's own raises where there is no home
    base = _base("XDG_STATE_HOME", ".local/state")
    return base and base / "outbox"


def outbox_of(address: str) -> Path:
    """The folder in which runs of a server are written here before they are sent."""
    return outboxes().path / folder_name(address)


def all_outboxes() -> list[Path]:
    """Folders of outboxes, also those in temporary folders where there was no other once."""
    found = [_wanted(), outboxes().path, *(one / "outbox" for one in _temporary_folders())]
    return list(dict.fromkeys(one for one in found if one is not None))


def cache_of(address: str) -> Path:
    """The folder in which what was fetched from a server is kept, to be fetched only once."""
    base = _base("XDG_CACHE_HOME", ".cache")
    return _or_temporary(base and base / "servers", "servers").path / folder_name(address)


def own_servers_folder() -> Path:
    """The folder that has the tokens of the servers that this user runs for himself."""
    base = _base("XDG_STATE_HOME", ".local/state")
    return _or_temporary(base and base / "ui", "ui").path


def credentials_file() -> Path | None:
    """The file that ``runlog login`` writes tokens to; None for a user who has no home."""
    base = _base("XDG_CONFIG_HOME", ".config")
    return base and base / "credentials.json"


def _base(variable: str, usual: str) -> Path | None:
    chosen = os.environ.get(variable, "")
    if Path(chosen).is_absolute():
        return Path(chosen, "runlog")
    if os.environ.get("HOME") == "":  # which Python takes for the root of all folders
        return None
    try:
        home = Path.home()
    except (RuntimeError, KeyError):  # no HOME, and a user that no list has
        return None
    return home / usual / "runlog" if home.is_absolute() else None


def _or_temporary(wanted: Path | None, name: str) -> Place:
    if wanted is not None and _can_be_written(wanted):
        return Place(wanted)
    why = "this user has no home folder" if wanted is None else f"{wanted} can't be written by this user"
    try:
        return Place(_temporary() / name, why)
    except OSError:  # no folder at all: whoever writes there tells of it
        return Place(wanted or Path(os.sep, "nonexistent", "runlog", name))


def _can_be_written(folder: Path) -> bool:
    """Whether this user can write into a folder, or make it."""
    for place in (folder, *folder.parents):
        try:
            if stat.S_ISDIR(place.stat().st_mode):
                return os.access(place, os.W_OK | os.X_OK)
            return False
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return False
    return False


def _temporary() -> Path:
    """A temporary folder that is this user's alone, the same for all processes where nobody is in the way.

    Raises:
        OSError: there is none, nor can one be made.
    """
    for folder in _temporary_folders():
        return folder
    folder = Path(tempfile.gettempdir(), _temporary_name())
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:  # another user's, or a link
        if not _is_own(folder):
            return Path(tempfile.mkdtemp(prefix=f"{folder.name}-"))
    return folder


def _temporary_folders() -> list[Path]:
    try:
        found = Path(tempfile.gettempdir()).glob(f"{_temporary_name()}*")
        names = (_temporary_name(), f"{_temporary_name()}-")
        return sorted(one for one in found if (one.name == names[0] or one.name.startswith(names[1])) and _is_own(one))
    except OSError:
        return []


def _temporary_name() -> str:
    return f"runlog-{os.getuid()}" if hasattr(os, "getuid") else "runlog"


def _is_own(folder: Path) -> bool:
    """Whether a folder is this user's, and nobody else may write into it."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
