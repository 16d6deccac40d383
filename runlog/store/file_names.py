"""Names of a run's files, and what may stand in their way."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.names import is_run_id


def is_plain_name(name: str) -> bool:
    """Whether a folder may be a run's or a process's by its name; a disk's own ``lost+found`` is none."""
    return is_run_id(name)


def journals_in(folder: Path) -> list[str]:
    """Names of the folders of runs, or of processes, in a folder; none where it can't be listed."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if is_plain_name(entry.name) and entry.is_dir()]
    except OSError:
        return []


def clash(files: Path, name: str) -> str | None:
    """What stands in the way of a file's name: a file where it needs a folder, or a folder in its own place."""
    place = files
    for part in name.split("/")[:-1]:
        place /= part
        if place.exists() and not place.is_dir():
            return f"{place.relative_to(files).as_posix()!r} is a file of the run, and can't be a folder, too"
    return "there are files of the run under that name, as in a folder" if (files / name).is_dir() else None
