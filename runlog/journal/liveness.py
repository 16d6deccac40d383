"""Whether the process that writes a journal still lives."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from runlog.journal import real_time
from runlog.journal.files import lock_name
from runlog.journal.format import Header
from runlog.journal.identity import boot_id, host
from runlog.journal.lease import Sign, read_lease
from runlog.journal.open_file import open_regular

try:
    import fcntl
except ImportError:  # Windows: the lock file's age alone decides
    fcntl = None  # type: ignore[assignment]

HEARTBEAT_LIMIT = 120.0
"""Seconds after which a writer on another host counts as silent; it renews its lock file every 20 s. So does one whose
files are a copy, by the clock of the machine that keeps it."""


class Liveness(Enum):
    """What is known of a writer's process."""

    ALIVE = "alive"
    CLOSED = "closed"
    DEAD = "dead"
    SILENT = "silent"

    @property
    def may_write(self) -> bool:
        """Whether records may still come. A writer on another host that fell silent may only be cut off."""
        return self in (Liveness.ALIVE, Liveness.SILENT)


def probe(folder: Path, writer: str, header: Header | None) -> Liveness:
    """Find out whether a writer lives.

    A lock that is held proves it, wherever the writer runs. A lock that is free proves the opposite on the writer's own
    host and boot only: network file systems may keep each host's locks to itself, so there the lock file's age decides.
    Namespaces of process ids make no difference to ``flock``.

    Where the files are a copy, its lease tells what their sender said last.

    A writer takes its lock before it writes a header. One without a header is about to write it, or died before: then
    nothing of it is left that could be unfinished, so that it counts as closed.

    Args:
        folder: the run's folder.
        writer: its id.
        header: any header of the writer; None where there is none yet.
    """
    copied = read_lease(folder, writer)
    if copied is not None:
        return _said(copied)
    try:
        fd = open_regular(folder / lock_name(writer))
    except FileNotFoundError:
        return Liveness.CLOSED
    except OSError:  # there is a lock file, and it tells nothing to this user
        return Liveness.SILENT
    try:
        held = is_held(fd)
        if held:
            return Liveness.ALIVE
        return _judged_by_lock(fd, header, is_free=held is False)
    finally:
        os.close(fd)


def _judged_by_lock(fd: int, header: Header | None, *, is_free: bool) -> Liveness:
    """What follows from a lock that nobody is seen to hold; ``is_free``: nobody on this host holds it."""
    if header is None:
        return Liveness.ALIVE if not is_free and _is_fresh(fd) else Liveness.CLOSED
    on_this_host = header.host == _host_in_header()
    if is_free and on_this_host and header.boot_id == boot_id():
        return Liveness.DEAD
    if _is_fresh(fd):
        return Liveness.ALIVE
    return Liveness.DEAD if on_this_host else Liveness.SILENT


def _is_fresh(fd: int) -> bool:
    """Whether a lock file was renewed lately."""
    return real_time.wall() - os.fstat(fd).st_mtime < HEARTBEAT_LIMIT


def _said(sign: Sign) -> Liveness:
    """What follows from a lease: only its sender knows that a process closed or died."""
    if sign.state == Liveness.ALIVE.value and sign.age < HEARTBEAT_LIMIT:
        return Liveness.ALIVE
    final = (Liveness.CLOSED, Liveness.DEAD)
    return next((state for state in final if state.value == sign.state), Liveness.SILENT)


def _host_in_header() -> str:
    """This host's name, cut as a header cuts it."""
    return host().encode("utf-8", "replace")[:64].decode("utf-8", "ignore")


def is_held(fd: int) -> bool | None:
    """Whether somebody holds the lock; None where the file system or the platform knows no such locks."""
    held: bool | None = None
    if fcntl is not None:
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            held = True
        except OSError:
            held = None
        else:
            held = False
    return held
