"""Names of a run's files, and what may stand in their way."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.journal import real_time
from runlog.names import is_run_id

_WORTH_KEEPING = 1_000
"""Names from which on a list is kept: to look at each of 50,000 takes a tenth of a second."""
_RESTED = 3_000_000_000
"""Nanoseconds, since file systems tell the time of a change in steps of two seconds at most."""
_MOST_LISTED = 8
_listed: dict[Path, tuple[int, list[str]]] = {}
"""When a folder was changed, and what was in it then."""


def is_plain_name(name: str) -> bool:
    """Whether a folder may be a run's or a process's by its name; a disk's own ``lost+found`` is none."""
    return is_run_id(name)


def journals_in(folder: Path) -> list[str]:
    """Names of the folders of runs, or of processes, in a folder; none where it can't be listed."""
    try:
        changed = folder.stat().st_mtime_ns
        known = _listed.get(folder)
        if known is not None and known[0] == changed:
            return known[1].copy()
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if is_plain_name(entry.name) and entry.is_dir()]
    except OSError:
        return []
    _remember(folder, changed, names)
    return names


def _remember(folder: Path, changed: int, names: list[str]) -> None:
    """Keep a long list, once the folder has rested: within one tick of its clock it may change again, unseen."""
    if len(names) >= _WORTH_KEEPING and real_time.wall_ns() - changed > _RESTED:
        if len(_listed) >= _MOST_LISTED:
            _listed.clear()
        _listed[folder] = (changed, names.copy())


def clash(files: Path, name: str) -> str | None:
    """What stands in the way of a file's name: a file where it needs a folder, or a folder in its own place."""
    place = files
    for part in name.split("/")[:-1]:
        place /= part
        if place.exists() and not place.is_dir():
            return f"{place.relative_to(files).as_posix()!r} is a file of the run, and can't be a folder, too"
    return "there are files of the run under that name, as in a folder" if (files / name).is_dir() else None
