"""The current folder, which may have been removed under the program: a job's scratch folder, a checkout made anew."""

from __future__ import annotations

import os
from pathlib import Path

_LINK = "/proc/self/cwd"
_REMOVED = " (deleted)"


def current_folder() -> Path:
    """The current folder; where it was removed, the path that it had, as far as the system still knows it."""
    try:
        return Path.cwd()
    except OSError:
        return Path(_former_path())


def absolute(path: str | os.PathLike[str]) -> Path:
    """A path as seen from the current folder, which need not be there."""
    given = Path(path)
    return given if given.is_absolute() else current_folder() / given


def _former_path() -> str:
    try:
        return os.readlink(_LINK).removesuffix(_REMOVED)  # noqa: PTH115 - a path of its own would have to be cut again
    except OSError:  # no Linux: what the shell said when the program was started
        told = os.environ.get("PWD", "")
        return told if os.path.isabs(told) else os.sep  # noqa: PTH117
