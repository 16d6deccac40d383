"""Where a record goes that came while its own stream was being moved, in the same thread.

One ``write`` to a file opened for appending: no lock, safe in a signal handler, and it survives the process.
"""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

from runlog.journal.files import segment_name
from runlog.journal.format import Header, Mode, Stream


class OverflowFile:
    """A writer's overflow stream. The file is made with its first record."""

    def __init__(self, folder: Path, header: Header) -> None:
        self._path = folder / segment_name(header.writer, Stream.OVERFLOW, 0, sealed=False)
        self._header = replace(header, stream=Stream.OVERFLOW, mode=Mode.APPEND)

    def write(self, frame: bytes) -> None:
        """Append a frame.

        Raises:
            OSError: no space, or the file can't be made.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        fd = os.open(self._path, flags, 0o666)
        try:
            size = os.fstat(fd).st_size
            if size == 0:
                frame = self._header.pack() + frame
            elif size % 8:  # a record that did not fit whole stands before this one
                frame = bytes(-size % 8) + frame
            if os.write(fd, frame) < len(frame):
                raise OSError(errno.ENOSPC, "only part of a record fitted", str(self._path))
        finally:
            os.close(fd)
