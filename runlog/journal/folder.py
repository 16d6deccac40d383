"""Making a journal's folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Have a folder, and those above it.

    A file in its place shows with the first file that is made in it. ``Path.mkdir(exist_ok=True)`` would look: what a
    signal handler raises meanwhile it may take for an answer, and say that there is a file.

    Raises:
        OSError: it can't be made.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        return
    except FileNotFoundError:
        if folder.parent == folder:
            raise
        make_folder(folder.parent)
        with suppress(FileExistsError):  # another process made it
            folder.mkdir()
