"""A file that is open for a while, and reading and writing it at places."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from runlog.journal import reserve
from runlog.journal.held_descriptor import HeldDescriptor
from runlog.journal.reserve import open_file

LINK = "it is a link, and links are not followed here"
NOT_REGULAR = "it is no regular file"
_WITHOUT_SURPRISE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""To open a pipe waits for its other end, and a link leads to whatever somebody wants to have read or written."""


class OpenFile(HeldDescriptor):
    """A file, open for reading and writing, that a ``with`` block closes.

    Args:
        source: where it is, or an open descriptor of it.

    Raises:
        OSError: it can't be opened.
    """

    def __init__(self, source: Path | int) -> None:
        super().__init__(source if isinstance(source, int) else open_file(source, os.O_RDWR))

    def __enter__(self) -> OpenFile:  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        reserve.fill()


def open_regular(path: str | os.PathLike[str], flags: int = os.O_RDONLY, *, dir_fd: int | None = None) -> int:
    """Open a file that somebody else may have put there; it must be a regular one, and its name no link.

    Args:
        path: of the file; folders above it may be links.
        flags: of ``os.open``.
        dir_fd: of the open folder that the path is in; None: the current one.

    Raises:
        OSError: it can't be opened, is a link, or no regular file.
    """
    try:
        number = os.open(path, flags | _WITHOUT_SURPRISE | getattr(os, "O_BINARY", 0), 0o666, dir_fd=dir_fd)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EMLINK}:  # some systems say the one, some the other
            raise
        raise OSError(error.errno, LINK, os.fspath(path)) from None
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return number
    os.close(number)
    raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, NOT_REGULAR, os.fspath(path))


def opened_regular(path: str | os.PathLike[str], buffering: int = -1) -> BinaryIO:
    """Such a file, to be read.

    Args:
        path: of the file.
        buffering: 0 for none.

    Raises:
        OSError: as :func:`open_regular`.
    """
    return os.fdopen(open_regular(path), "rb", buffering)


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """The content of such a file.

    Raises:
        OSError: as :func:`open_regular`, or it can't be read.
    """
    with opened_regular(path, 0) as file:
        return file.read()


def write_at(fd: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of ``data`` at ``offset``, however many calls the system needs.

    Raises:
        OSError: no space, or the file's limit is reached.
    """
    while data:
        if hasattr(os, "pwrite"):
            done = os.pwrite(fd, data, offset)
        else:  # Windows: callers hold the writer's gate, so seeking is safe
            os.lseek(fd, offset, os.SEEK_SET)
            done = os.write(fd, data)
        data = data[done:]
        offset += done


def read_at(fd: int, length: int, offset: int) -> bytes:
    """Read ``length`` bytes at ``offset``; fewer where the file ends."""
    parts = []
    while length > 0:
        if hasattr(os, "pread"):
            part = os.pread(fd, length, offset)
        else:
            os.lseek(fd, offset, os.SEEK_SET)
            part = os.read(fd, length)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)
