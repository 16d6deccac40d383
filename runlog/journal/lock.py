"""The lock file that shows that a writer lives."""

from __future__ import annotations

import os
from pathlib import Path

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
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        if fcntl is not None:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # a file system without flock: readers go by the heartbeat
                return

    def beat(self) -> None:
        """Renew the modification time, for readers on other hosts."""
        if self._fd >= 0:
            os.utime(self._fd if os.utime in os.supports_fd else self.path)

    def drop(self) -> None:
        """In a forked child: close the inherited descriptor, so that it does not outlive the parent's."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def remove(self) -> None:
        """At a clean close."""
        self.drop()
        self.path.unlink(missing_ok=True)
