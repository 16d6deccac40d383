"""A log file that several processes append to and rotate, without losing or tearing a line.

Each append holds an advisory lock on the log file itself, so there is no lock file to leave behind. Holding the lock,
the writer makes sure that the file it has open is the one that bears the name: another process, or logrotate, may have
moved it. Whoever finds the file full moves it away under the same lock; the others, once they get the lock of the moved
file, see that it is no longer the one and open the new one. The lock belongs to the open file, which a forked child
shares with its parent, so the child opens its own.

The new file gets the owner, the group and the mode of the one before. Where the name means no file but a pipe, a
terminal or a device, lines are just written to it.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from runlog.handlers.file_lock import try_lock, unlock
from runlog.handlers.file_rights import take_over_rights
from runlog.handlers.log_name import led_to
from runlog.handlers.rotation import Rotation
from runlog.journal import real_time

_APPEND = os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_NEW_MODE = 0o666
_MOST_ATTEMPTS = 100
_ROTATION_PAUSE = 30.0
_CLOSE_AFTER_WRITE = os.name == "nt"  # Windows moves no file that anybody has open


class NotMovedError(OSError):
    """A rotator left the file where it is, and full."""


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
        self._identity: tuple[int, int] | None = None
        self._is_file = True
        self._last: os.stat_result | None = None
        self._end = -1
        self._locked = False
        self._holder_is_stuck = False
        self._no_rotation_until = 0.0
        self.rotation_error: Exception | None = None

    def append(self, line: bytes, *, may_rotate: bool = True) -> None:
        """Write a whole line, which ends with a line end. Raises OSError where it could not be written."""
        try:
            status = self._enter()
            if may_rotate and self._locked and self._rotation.is_due(status, len(line)):
                status = self._put_away(status)
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
            return isinstance(led_to(self.path), Path) and self._rotation.is_due(self.path.stat(), length)
        except OSError:
            return False

    def open(self) -> None:
        """Make the file, and empty it where that is asked for, before there is a line for it."""
        try:
            self._enter()
        finally:
            self._leave()

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
            self._locked = self._is_file and self._lock()
            if self._identity is None:  # a descriptor of this process, whatever it is
                return os.fstat(self._descriptor)
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
            if self._is_file:
                os.ftruncate(self._descriptor, 0)
                status = os.fstat(self._descriptor)
        self._last = status
        return status

    def _open(self) -> None:
        place = led_to(self.path)
        self._end = -1
        self._identity, self._is_file = None, False
        if isinstance(place, int):
            self._descriptor = os.dup(place)
            return
        try:
            self._descriptor = _open_existing(place)
        except FileNotFoundError:
            self._descriptor = self._make(place)
        status = os.fstat(self._descriptor)
        self._identity, self._is_file = (status.st_dev, status.st_ino), stat.S_ISREG(status.st_mode)

    def _make(self, place: Path) -> int:
        """Make the file, with the rights of the one that was there."""
        mode = _NEW_MODE if self._last is None else stat.S_IMODE(self._last.st_mode)
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | _APPEND, mode)
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | _APPEND, mode)
        if self._last is not None:
            take_over_rights(descriptor, self._last)
        return descriptor

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
        pause, until = 0.00005, real_time.monotonic() + self._lock_timeout
        while real_time.monotonic() < until:
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

    def _put_away(self, status: os.stat_result) -> os.stat_result:
        """Rotate; the status of the file then. Where it failed, the file just grows for a while."""
        if real_time.monotonic() < self._no_rotation_until:
            return status
        if _CLOSE_AFTER_WRITE:
            self.close()
        place = led_to(self.path)
        assert isinstance(place, Path)
        try:
            self._rotation.put_away(place, status)
            self._check_moved(status)
        except Exception as error:  # whatever a user's namer or rotator raises
            self.rotation_error = error
            self._no_rotation_until = real_time.monotonic() + _ROTATION_PAUSE
        return self._go_on(status.st_size)

    def _check_moved(self, status: os.stat_result) -> None:
        now = self._status_by_name()
        if now is not None and (now.st_dev, now.st_ino, now.st_size) == (status.st_dev, status.st_ino, status.st_size):
            raise NotMovedError(f"the rotator left {self.path} where it is")

    def _go_on(self, size: int) -> os.stat_result:
        """Open what bears the name after a rotation, before the lock of the file that was moved is given back.

        Another process that waits for it would make the new file with other rights.
        """
        moved, self._descriptor = self._descriptor, -1
        try:
            self._open()
            if moved >= 0:
                self._take_over_late_lines(moved, size)
        finally:
            self._locked = False
            if moved >= 0:
                unlock(moved)
                os.close(moved)
        return self._enter()

    def _take_over_late_lines(self, moved: int, size: int) -> None:
        """Save what others appended without the lock while a rotator copied the file and then deleted it."""
        status = os.fstat(moved)
        if status.st_nlink == 0 and status.st_size > size:
            os.write(self._descriptor, os.pread(moved, status.st_size - size, size))

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
        try:
            os.lseek(self._descriptor, size - 1, os.SEEK_SET)  # appending is not concerned: it always goes to the end
            return os.read(self._descriptor, 1) in (b"\n", b"")
        except OSError:  # a file that this user may write and not read
            return True


def _open_existing(place: Path) -> int:
    if stat.S_ISFIFO(os.stat(place).st_mode):  # noqa: PTH116
        # To open it for reading, too, would make this process its own reader, which never reads.
        descriptor = os.open(place, os.O_WRONLY | os.O_NONBLOCK | _APPEND)  # an error where nobody reads
        os.set_blocking(descriptor, True)
        return descriptor
    try:
        return os.open(place, os.O_RDWR | _APPEND)
    except PermissionError:  # the torn line of a killed process is not seen then
        return os.open(place, os.O_WRONLY | _APPEND)
