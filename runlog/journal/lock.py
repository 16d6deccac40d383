"""The lock file that shows that a writer lives."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runlog.journal import real_time
from runlog.journal.faults import reraise_foreign
from runlog.journal.files import lock_name
from runlog.journal.held_descriptor import HeldDescriptor
from runlog.journal.open_file import open_regular
from runlog.journal.reserve import open_file

try:
    import fcntl
except ImportError:  # Windows: liveness is judged by the file's modification time alone
    fcntl = None  # type: ignore[assignment]


HEARTBEAT = 20.0
"""Seconds after which its modification time is renewed."""
_logger = logging.getLogger("runlog.journal")


class WriterLock:
    """Held from a writer's first record to its close."""

    _is_dropped = False
    _beat_at = 0.0

    def __init__(self, folder: Path, writer: str) -> None:
        """Make the file and take its lock.

        Raises:
            OSError: the file can't be made.
        """
        self.path = folder / lock_name(writer)
        if sys.platform == "win32":  # an open file can't be renamed there, nor locked so
            self._held = HeldDescriptor(open_file(self.path, os.O_RDWR | os.O_CREAT))
            return
        draft = self.path.with_name(self.path.name + ".tmp")
        self._held = HeldDescriptor(open_file(draft, os.O_RDWR | os.O_CREAT))
        try:
            take(self._held.number)
            # It gets its name when it is held: a reader that tries it in between would keep it from being taken.
            draft.rename(self.path)
        except BaseException:
            self.drop()
            draft.unlink(missing_ok=True)
            raise

    def keep(self) -> None:
        """Each second: take it again where the program has closed its descriptor, and renew its time now and then.

        Without the one the writer would be dead to readers on this host, without the other to those on others.

        Raises:
            OSError: the file is gone.
        """
        if self._is_dropped:
            return
        if not self._held.is_held:
            self._held = HeldDescriptor(open_file(self.path, os.O_RDWR))
            take(self._held.number)
            _logger.info("the program has closed the lock of a run: %s is held again", self.path)
        if real_time.monotonic() >= self._beat_at:
            self._beat_at = real_time.monotonic() + HEARTBEAT
            os.utime(self._held.own() if os.utime in os.supports_fd else self.path)

    def drop(self) -> None:
        """In a forked child: close the inherited descriptor, so that it does not outlive the parent's."""
        self._is_dropped = True
        self._held.close()

    def remove(self) -> None:
        """At a clean close."""
        self.drop()
        self.path.unlink(missing_ok=True)


@contextmanager
def held_for_dead(path: Path) -> Iterator[bool]:
    """Hold the lock of a writer that died, for the block; false where somebody has it, or it can't be taken."""
    try:
        fd = open_regular(path, os.O_RDWR)
    except OSError:  # closed cleanly meanwhile, or not ours to open
        yield False
        return
    try:
        yield take(fd)
    finally:
        os.close(fd)


def take(fd: int) -> bool:
    """Take the lock of an open file, without waiting.

    False where it is held, or there is no ``flock``: then readers go by the heartbeat.
    """
    if fcntl is not None:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            reraise_foreign(error)
        else:
            return True
    return False
