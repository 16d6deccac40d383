"""Servers that somebody runs for himself: programs of the same user find the token, and nobody else's do.

The file is locked for as long as the server lives. While it lives nobody else can listen at its address, so the token
goes to no other server; of one that was killed the file is left, and says nothing any more.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runlog.journal.liveness import is_held
from runlog.journal.lock import take
from runlog.journal.open_file import open_regular
from runlog.remote.places import own_servers_folder
from runlog.server_address import folder_name

LONGEST = 4096
"""Bytes of a file that are read."""
_LOOPBACK = ("http://127.", "http://[::1]:")
"""What such addresses begin with: never a name, which may lead to a second address where somebody else listens."""


class KeyFile:
    """The token of one server, for as long as the process lives."""

    def __init__(self, token: str) -> None:
        """Nothing is written yet."""
        self._token = token
        self._path: Path | None = None
        self._fd = -1

    def keep(self, address: str) -> None:
        """Have programs of this user find the token.

        Raises:
            OSError: it can't be written.
        """
        path = _path_of(address)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        draft.unlink(missing_ok=True)
        self._fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        try:
            os.write(self._fd, self._token.encode())
            take(self._fd)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        self._path = path

    def remove(self) -> None:
        """At the end. Idempotent."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def token_of_own(address: str) -> str:
    """The token of a server that this user runs for himself at an address; empty where there is none."""
    if not address.startswith(_LOOPBACK):
        return ""
    try:
        fd = open_regular(_path_of(address))
    except OSError:  # as a rule there is none
        return ""
    try:
        return os.read(fd, LONGEST).decode() if _is_private(fd) and is_held(fd) else ""
    except ValueError:  # cut short, or somebody's text
        return ""
    finally:
        os.close(fd)


def _is_private(fd: int) -> bool:
    found = os.fstat(fd)
    return os.name != "posix" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)


def _path_of(address: str) -> Path:
    """A home may be shared by machines, each of which has a loopback of its own."""
    import platform

    host = "".join(one for one in platform.node() if one.isalnum() or one in "-.")[:80]
    return own_servers_folder() / f"{host}-{folder_name(address)}.key"
