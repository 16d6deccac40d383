"""Whether the process that writes a journal still lives."""

from __future__ import annotations

import os
import socket
import time
from enum import Enum
from pathlib import Path

from runlog.journal.files import lock_name
from runlog.journal.format import Header
from runlog.journal.identity import boot_id

try:
    import fcntl
except ImportError:  # Windows: the lock file's age decides
    fcntl = None  # type: ignore[assignment]

HEARTBEAT_LIMIT = 120.0
"""Seconds after which a writer on another host counts as silent; it renews its lock file every 20 s."""


class Liveness(Enum):
    """What is known of a writer's process."""

    ALIVE = "alive"
    CLOSED = "closed"
    DEAD = "dead"
    SILENT = "silent"

    @property
    def may_write(self) -> bool:
        """Whether more records may come: certain of no writer on another host that only fell silent."""
        return self in (Liveness.ALIVE, Liveness.SILENT)


def host_name() -> str:
    """This machine's name as a segment header keeps it."""
    return socket.gethostname().encode("utf-8", "replace")[:64].decode("utf-8", "ignore")


def probe(folder: Path, header: Header) -> Liveness:
    """Find out whether a writer lives.

    A lock that is held proves it, wherever the writer runs. A lock that is free proves the opposite only on the
    writer's own host and boot:
    network file systems may keep locks to each host. There the lock file's age decides. Pid namespaces make no
    difference to ``flock``.

    Args:
        folder: the run's folder.
        header: any header of the writer.
    """
    path = folder / lock_name(header.writer)
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return Liveness.CLOSED
    except OSError:
        return Liveness.SILENT
    try:
        if fcntl is not None and _is_locked(fd):
            return Liveness.ALIVE
        same_host = header.host == host_name()
        if fcntl is not None and same_host and header.boot_id == boot_id():
            return Liveness.DEAD
        if time.time() - os.fstat(fd).st_mtime < HEARTBEAT_LIMIT:
            return Liveness.ALIVE
        return Liveness.DEAD if same_host else Liveness.SILENT
    finally:
        os.close(fd)


def _is_locked(fd: int) -> bool:
    assert fcntl is not None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # the file system knows no locks
        return False
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False
