"""A file that is open for a while, and reading and writing it at places."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.journal import reserve
from runlog.journal.held_descriptor import HeldDescriptor
from runlog.journal.reserve import open_file


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
