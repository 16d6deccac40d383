"""Having a new file overwritten in place, on a file system that would copy on write.

On a full btrfs even a byte that is there already can't be overwritten, as its copy finds no space: the count of what
was lost would be lost itself. Files without copy-on-write are what databases and systemd's journal use there; they have
none of btrfs's checksums, and a segment has its own.
"""

from __future__ import annotations

import struct

from runlog.journal.faults import reraise_foreign

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602
_NO_COPY_ON_WRITE = 0x00800000
_FLAGS = struct.Struct("=I4x")


def overwrite_in_place(fd: int) -> None:
    """Ask for it, for a file that is still empty. File systems that know no such flag refuse, and need none."""
    if fcntl is not None:
        try:
            (flags,) = _FLAGS.unpack(fcntl.ioctl(fd, _GET_FLAGS, bytes(_FLAGS.size)))
            fcntl.ioctl(fd, _SET_FLAGS, _FLAGS.pack(flags | _NO_COPY_ON_WRITE))
        except OSError as error:
            reraise_foreign(error)
