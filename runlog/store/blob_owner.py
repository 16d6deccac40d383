"""Whose the content in an object store is: the id of the workspace that moved it there, and where that stood then."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.workspace_folder import read_settings

OWNER = "blobs_owner"
"""Of ``workspace.json``: the mark that the content there bears."""
HOME = "blobs_home"
"""Of ``workspace.json``: the workspace's folder when it moved content there."""


def owner_of(folder: Path) -> str:
    """The id under which a workspace moves content to its object store; empty where it has none, or is a copy."""
    settings = read_settings(folder)
    owner = str(settings.get(OWNER) or "")
    return "" if owner and is_copy(folder, settings) else owner


def is_copy(folder: Path, settings: dict[str, object]) -> bool:
    """Whether a workspace is a plain copy of one that is still there with the same id; one that was moved is not."""
    home = settings.get(HOME)
    if not isinstance(home, str) or not os.path.isdir(home) or os.path.samefile(home, folder):  # noqa: PTH112, PTH121
        return False
    return read_settings(Path(home)).get(OWNER) == settings.get(OWNER)
