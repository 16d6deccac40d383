"""A log file that several processes append to and rotate, without losing or tearing a line.

Each append holds an advisory lock on the log file itself, so there is no lock file to leave behind. Holding the lock,
the writer makes sure that the file it has open is the one that bears the name: another process, or logrotate, may have
moved it. Whoever finds the file full moves it away under the same lock; the others, once they get the lock of the moved
file, see that it is no longer the one and open the new one. The lock belongs to the open file, which a forked child
shares with its parent, so the child opens its own.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from runlog.handlers.file_lock import try_lock, unlock
from runlog.handlers.rotation import Rotation

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_MOST_ATTEMPTS = 100
_ROTATION_PAUSE = 30.0
_CLOSE_AFTER_WRITE = os.name == "nt"  # Windows moves no file that anybody has open


class LogFile:
    """One name in a folder, appended to line by line.

    Nothing is created before the first line; a file or folder that vanishes is made again; after :meth:`close` the next
    line opens the file again.

    Args:
        path: The file, absolute.
        rotation: When and how it is put away.
        truncate: Empty the file before the first line.
        lock_timeout: Seconds to wait for a process that holds the lock, which may have been stopped. After that, lines
            are appended without the lock, which is safe, and the file is not rotated until the lock is free again.
    """

    def __init__(self, path: Path, rotation: Rotation, *, truncate: bool = False, lock_timeout: float = 5.0) -> None:
        self.path = path
        self._rotation = rotation
        self._truncate = truncate
        self._lock_timeout = lock_timeout
        self._descriptor = -1
        self._identity: tuple[int, int] = (0, 0)
        self._end = -1
        self._locked = False
        self._holder_is_stuck = False
        self._no_rotation_until = 0.0
        self.rotation_error: OSError | None = None

    def append(self, line: bytes, *, may_rotate: bool = True) -> None:
        """Write a whole line, which ends with a line end. Raises OSError where it could not be written."""
        try:
            status = self._enter()
            while may_rotate and self._locked and self._rotation.is_due(status, len(line)) and self._put_away(status):
                status = self._enter()
            self._write(line, status.st_size)
        finally:
            self._leave()

    def rotate(self) -> None:
        """Put the file away now, if there is anything in it."""
        try:
            status = self._enter()
            if self._locked and status.st_size:
                self._no_rotation_until = 0.0
                self._put_away(status)
        finally:
            self._leave()

    def is_due(self, length: int) -> bool:
        """Whether the file would be put away before a line of ``length`` bytes."""
        try:
            return self._rotation.is_due(self.path.stat(), length)
        except OSError:
            return False

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        descriptor, self._descriptor = self._descriptor, -1
        self._locked = False
        if descriptor >= 0:
            os.close(descriptor)

    def forget_after_fork(self) -> None:
        """Give up the parent's descriptor, which shares the parent's lock, and its plan to empty the file."""
        self._truncate = False
        self.close()

    def _enter(self) -> os.stat_result:
        """Open and lock the file that bears the name now, and return its status."""
        for _ in range(_MOST_ATTEMPTS):
            if self._descriptor < 0:
                self._open()
            self._locked = self._lock()
            status = self._status_by_name()
            if status is not None and (status.st_dev, status.st_ino) == self._identity:
                break
            self._leave()
            self.close()
        else:
            self._open()  # somebody keeps replacing the file: this one is as good as the next
            status = os.fstat(self._descriptor)
        if self._truncate:
            self._truncate = False
            os.ftruncate(self._descriptor, 0)
            status = os.fstat(self._descriptor)
        return status

    def _open(self) -> None:
        try:
            self._descriptor = os.open(self.path, _FLAGS, 0o666)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, _FLAGS, 0o666)
        status = os.fstat(self._descriptor)
        self._identity = (status.st_dev, status.st_ino)
        self._end = -1

    def _status_by_name(self) -> os.stat_result | None:
        try:
            return os.stat(self.path)  # noqa: PTH116 - half the time of Path.stat, for every record
        except FileNotFoundError:
            return None

    def _lock(self) -> bool:
        if try_lock(self._descriptor):
            self._holder_is_stuck = False
            return True
        if self._holder_is_stuck:
            return False
        pause, until = 0.00005, time.monotonic() + self._lock_timeout
        while time.monotonic() < until:
            time.sleep(pause)
            if try_lock(self._descriptor):
                return True
            pause = min(pause * 1.5, 0.002)
        self._holder_is_stuck = True
        return False

    def _leave(self) -> None:
        if self._locked:
            self._locked = False
            unlock(self._descriptor)
        if _CLOSE_AFTER_WRITE:
            self.close()

    def _put_away(self, status: os.stat_result) -> bool:
        """Rotate; False where that failed, and then the file just grows for a while."""
        if time.monotonic() < self._no_rotation_until:
            return False
        if _CLOSE_AFTER_WRITE:
            self.close()
        try:
            self._rotation.put_away(self.path, status)
        except OSError as error:
            self.rotation_error = error
            self._no_rotation_until = time.monotonic() + _ROTATION_PAUSE
            if self._descriptor < 0:
                self._enter()
            return False
        self._leave()
        self.close()
        return True

    def _write(self, line: bytes, size: int) -> None:
        if self._locked and size not in (0, self._end) and not self._ends_whole(size):
            line = b"\n" + line  # a writer was killed within its line
        written = 0
        try:
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except BaseException:
            self._end = -1
            if self._locked and written:
                os.ftruncate(self._descriptor, size)
            raise
        self._end = size + written

    def _ends_whole(self, size: int) -> bool:
        os.lseek(self._descriptor, size - 1, os.SEEK_SET)  # appending is not concerned: it always goes to the end
        return os.read(self._descriptor, 1) in (b"\n", b"")
