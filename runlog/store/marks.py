"""What a journal's folder looks like from outside: as long as it looks the same, nothing new is in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from runlog.journal import real_time

SETTLED = 2_000_000_000
"""Nanoseconds: file systems round the times of changes, so that a younger one may hide another change."""


class Mark(NamedTuple):
    """A folder's time of change, and of each file in it that may grow, its size and time of change."""

    changed: int
    files: tuple[tuple[str, int, int], ...]

    @property
    def is_settled(self) -> bool:
        """Whether everything is so old that a change from now on would show."""
        newest = max([self.changed, *(changed for _, _, changed in self.files)])
        return real_time.wall_ns() - newest > SETTLED

    def text(self) -> str:
        """The mark as the index keeps it."""
        return json.dumps(self)


def mark_of(folder: Path) -> Mark | None:
    """What a folder looks like now; None where it can't be looked at."""
    try:
        changed = folder.stat().st_mtime_ns
        with os.scandir(folder) as entries:
            growing = [one for one in entries if one.name.endswith((".open", ".txt"))]
            found = [(one.name, one.stat(follow_symlinks=False)) for one in growing]
    except OSError:
        return None
    return Mark(changed, tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)))


def read_mark(text: str | None) -> Mark | None:
    """A mark that the index kept."""
    if text is None:
        return None
    try:
        changed, files = json.loads(text)
        return Mark(int(changed), tuple((str(name), int(size), int(time)) for name, size, time in files))
    except (ValueError, TypeError, RecursionError):  # as good as none: the folder is looked at
        return None


def still_fits(mark: Mark, folder: Path) -> bool:
    """Whether a folder looks as its mark says."""
    try:
        if folder.stat().st_mtime_ns != mark.changed:
            return False
        for name, size, changed in mark.files:
            stat = (folder / name).lstat()
            if (stat.st_size, stat.st_mtime_ns) != (size, changed):
                return False
    except OSError:
        return False
    return True
