"""The lock file that shows that a writer lives."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runlog.journal.faults import reraise_foreign
from runlog.journal.files import lock_name

try:
    import fcntl
except ImportError:  # Windows: liveness is judged by the file's modification time alone
    fcntl = None  # type: ignore[assignment]


class WriterLock:
    """Held from a writer's first record to its close."""

    def __init__(self, folder: Path, writer: str) -> None:
        """Make the file and take its lock.

        Raises:
            OSError: the file can't be made.
        """
        self.path = folder / lock_name(writer)
        if sys.platform == "win32":  # an open file can't be renamed there, nor locked so
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            return
        draft = self.path.with_name(self.path.name + ".tmp")
        self._fd = os.open(draft, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            take(self._fd)
            # It gets its name when it is held: a reader that tries it in between would keep it from being taken.
            draft.rename(self.path)
        except BaseException:
            self.drop()
            draft.unlink(missing_ok=True)
            raise

    def beat(self) -> None:
        """Renew the modification time, for readers on other hosts."""
        if self._fd >= 0:
            os.utime(self._fd if os.utime in os.supports_fd else self.path)

    def drop(self) -> None:
        """In a forked child: close the inherited descriptor, so that it does not outlive the parent's."""
        fd, self._fd = self._fd, -1  # first: were the close broken off, its number might be another file's next time
        if fd >= 0:
            os.close(fd)

    def remove(self) -> None:
        """At a clean close."""
        self.drop()
        self.path.unlink(missing_ok=True)


@contextmanager
def held_for_dead(path: Path) -> Iterator[bool]:
    """Hold the lock of a writer that died, for the block; false where somebody has it, or it can't be taken."""
    try:
        fd = os.open(path, os.O_RDWR)
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
