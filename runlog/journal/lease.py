"""The sign of life of a writer whose files are a copy: what its lock is where it writes.

A small file, ``{"state": "alive"}``, whose modification time is when its writer was heard of, by the clock of the
machine that keeps the copy.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec

from runlog.journal import real_time
from runlog.journal.files import lease_name
from runlog.journal.open_file import open_regular, read_at, write_at

try:
    import fcntl
except ImportError:  # Windows: one process at a time may write a copy
    fcntl = None  # type: ignore[assignment]

_SIZE = 24
"""Every state takes the same room, so that one write changes it: a reader sees the old or the new."""
_in_process = threading.Lock()


class Sign(msgspec.Struct, frozen=True):
    """What a lease says."""

    state: str
    """``alive``, ``closed``, ``dead`` or ``silent``; empty where it can't be read."""
    age: float
    """Seconds since its writer was heard of."""


class _Content(msgspec.Struct):
    state: str


class Lease:
    """The lease of one writer, held against others who write to its copy."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self._path = path

    def sign(self, state: str) -> None:
        """Tell how the writer stands, as of now.

        Raises:
            OSError: it can't be written.
        """
        write_at(self._fd, msgspec.json.encode(_Content(state)).ljust(_SIZE - 1) + b"\n", 0)
        self.beat()

    def beat(self) -> None:
        """Note that the writer was heard of just now.

        Raises:
            OSError: the file's time can't be set.
        """
        os.utime(self._fd if os.utime in os.supports_fd else self._path)


@contextmanager
def held_lease(folder: Path, writer: str) -> Iterator[Lease]:
    """Hold a writer's lease, waiting for whoever has it. It is made where there is none; its writer lives then.

    Args:
        folder: of the run.
        writer: its id.

    Raises:
        FileNotFoundError: there is no such folder.
        OSError: it can't be opened.
    """
    path = folder / lease_name(writer)
    fd = open_regular(path, os.O_RDWR | os.O_CREAT)
    try:
        with _in_process if fcntl is None else nullcontext():
            if fcntl is not None:
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield Lease(fd, path)
    finally:
        os.close(fd)


def read_lease(folder: Path, writer: str) -> Sign | None:
    """What a writer's lease says; None where it has none.

    Args:
        folder: of the run.
        writer: its id.
    """
    try:
        fd = open_regular(folder / lease_name(writer))
    except FileNotFoundError:
        return None
    except OSError:  # there is one, and it tells nothing to this user
        return Sign("", 0.0)
    try:
        return Sign(_state_in(read_at(fd, _SIZE, 0)), real_time.wall() - os.fstat(fd).st_mtime)
    except OSError:
        return Sign("", 0.0)
    finally:
        os.close(fd)


def _state_in(content: bytes) -> str:
    if not content:  # just made, with the writer's first bytes
        return "alive"
    try:
        return msgspec.json.decode(content, type=_Content).state
    except msgspec.DecodeError:
        return ""
