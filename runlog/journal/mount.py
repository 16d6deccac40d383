"""Which way of writing is safe on the file system that holds a folder.

A store to a shared memory map raises SIGBUS when the file system can't give the page a block. Extents written ahead
exclude that on ext4 and xfs, but not where blocks are copied on write, nor on network file systems. There, and
on memory file systems (whose dirty pages count against a container's memory), each record is one ``pwrite``.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from runlog.errors import ConfigurationError
from runlog.journal.format import Mode

MAPPABLE = frozenset({"ext2", "ext3", "ext4", "xfs", "overlay"})
_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = r"\\([0-7]{3})"
_known: dict[int, Mode] = {}


def mode_for(folder: Path) -> Mode:
    """How to write in ``folder``, which exists.

    The environment variable ``RUNLOG_JOURNAL`` (``mmap`` or ``append``) decides where it is set.

    Raises:
        ConfigurationError: the variable has another value.
    """
    wish = os.environ.get("RUNLOG_JOURNAL", "")
    if wish:
        try:
            return Mode[wish.upper()]
        except KeyError:
            message = f"RUNLOG_JOURNAL is {wish!r}: set it to 'mmap' or 'append', or not at all"
            raise ConfigurationError(message) from None
    device = folder.stat().st_dev
    if device not in _known:
        _known[device] = Mode.MMAP if file_system(folder) in MAPPABLE else Mode.APPEND
    return _known[device]


def file_system(folder: Path) -> str:
    """The type of the file system that holds ``folder``; empty where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        lines = _MOUNTS.read_bytes().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    path = os.path.realpath(folder)
    best, found = -1, ""
    for line in lines:
        mounted, _, rest = line.partition(" - ")
        point = mounted.split(" ")[4]
        if "\\" in point:
            point = re.sub(_OCTAL, lambda match: chr(int(match[1], 8)), point)
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # a later mount on the same point hides the earlier one
            best, found = len(point), rest.split(" ", 1)[0]
    return found
