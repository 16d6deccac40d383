"""The files of a run in its folder: kept, opened and looked at by paths that lead nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from runlog.checks.files import open_below, place_below
from runlog.errors import RunFileNotFoundError, WrongValueError
from runlog.store.file_names import clash
from runlog.whole_files import copy_whole

FOLDER = "files"
"""In a run's folder."""
Share = Callable[[Path | int], object]


def keep_file(run: Path, name: str, source: BinaryIO, share: Share, rights: int) -> tuple[str, int]:
    """Keep a stream as a file of a run; one of the same name is replaced as a whole.

    Args:
        run: its folder.
        name: of the file.
        source: read to its end.
        share: lets others write into a folder that was just made, where the workspace is shared.
        rights: bits that the file's mode has.

    Returns:
        the SHA-256 of the content as hex digits, and its size in bytes.

    Raises:
        WrongValueError: the name can't be a file's, is that of a folder, or goes through a file as if it were one.
        OSError: it can't be written, or a folder of the name is a link.
    """
    try:
        with place_below(run, f"{FOLDER}/{name}", on_made=share) as place:
            return copy_whole(source, Path(place.name), None, place.folder, rights)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _told(run, name, error) from error


def take_file(run: Path, name: str, file: Path, share: Share) -> None:
    """Give a file that is whole, and in no other use, its place among those of a run.

    Raises:
        WrongValueError, OSError: as :func:`keep_file`.
    """
    try:
        with place_below(run, f"{FOLDER}/{name}", on_made=share) as place:
            os.replace(file, place.name, dst_dir_fd=place.folder)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise _told(run, name, error) from error


def _told(run: Path, name: str, error: OSError) -> Exception:
    in_the_way = clash(run / FOLDER, name)
    if in_the_way is None:
        return error
    return WrongValueError(f"run {run.name} can't keep a file {name!r}: {in_the_way}; use another name")


def open_file(run: Path, name: str) -> BinaryIO:
    """A file of a run, to be read.

    Raises:
        RunFileNotFoundError: there is none, or what has its name is a link, a pipe or something else.
    """
    try:
        return open_below(run, f"{FOLDER}/{name}")
    except (OSError, WrongValueError) as error:
        raise RunFileNotFoundError(
            f"run {run.name} has no file {name!r}: {run / FOLDER / name} can't be read ({error})"
        ) from error
