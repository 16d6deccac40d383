"""The ``./outputs`` folder: what a run wrote there is kept with it at its end."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runlog.current_folder import absolute
from runlog.errors import WrongTypeError
from runlog.writing.files import keep_under
from runlog.writing.folders import name_under, regular_files

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

DEFAULT = "outputs"
_logger = logging.getLogger("runlog")


class _Mark(NamedTuple):
    """What tells that a file changed."""

    inode: int
    size: int
    modified: int


def folder_for(outputs: object) -> Path | None:
    """The folder whose files a run keeps.

    Args:
        outputs: what ``start_logging`` was given: a path, True (``./outputs``), both made if missing; None
            (``./outputs``, if it is there at the end); False for none.

    Raises:
        WrongTypeError: it is none of these.
    """
    if outputs is False:
        return None
    if outputs is None:
        return absolute(DEFAULT)
    if not isinstance(outputs, bool | str | os.PathLike):
        raise WrongTypeError(f"outputs is a path, True, False or None, not {type(outputs).__name__}: {outputs!r}")
    folder = absolute(DEFAULT if isinstance(outputs, bool) else outputs)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _logger.warning("the outputs folder %s can't be made (%s): make it, or there is nothing to keep", folder, error)
    return folder


class OutputsFolder:
    """Remembers what a folder held when the run began."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = dict(_marks(folder))

    def keep_changed(self, recorder: RunRecorder) -> None:
        """Take every file that is new or changed, by content, under ``outputs/`` (or the folder's own name)."""
        taken: dict[str, Path] = {}
        for path, mark in sorted(_marks(self._folder)):
            if self._before.get(path) == mark:
                continue
            keep_under(recorder, name_under(self._folder.name, self._folder, path), path, taken)


def _marks(folder: Path) -> Iterator[tuple[Path, _Mark]]:
    """The files under a folder, each with what tells that it changed."""
    for path, status in regular_files(folder):
        yield path, _Mark(status.st_ino, status.st_size, status.st_mtime_ns)
