"""The files under a folder, as a run takes them, and the names it gives them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from runlog.file_paths import written_out

LINK_ELSEWHERE = "a link to a folder elsewhere; upload that folder by its own name"


def regular_files(
    folder: Path, left_out: Callable[[Path, str], None] | None = None, skip: str = ""
) -> Iterator[tuple[Path, os.stat_result]]:
    """Every regular file under a folder, in alphabetical order within each.

    Links to files count as files; links to folders are not followed, as they may lead anywhere, back up included. What
    one leads to that stays within the folder is there under its own name.

    Args:
        folder: to be walked.
        left_out: told of what is no file that can be kept, and why.
        skip: a folder beneath it that does not count.
    """

    def tell(path: str | Path, why: str) -> None:
        if left_out is not None:
            left_out(Path(path), why)

    skipped = os.path.realpath(skip) if os.path.isabs(skip) else ""  # noqa: PTH117 - else it is a server's address
    inside = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - with a slash at its end
    for place, folders, names in os.walk(folder, onerror=lambda error: tell(error.filename, str(error.strerror))):
        folders[:] = sorted(one for one in folders if not skipped or os.path.realpath(Path(place, one)) != skipped)
        for one in folders:
            path = Path(place, one)
            if path.is_symlink() and not os.path.join(os.path.realpath(path), "").startswith(inside):  # noqa: PTH118
                tell(path, LINK_ELSEWHERE)
        for name in sorted(names):
            path = Path(place, name)
            try:
                status = path.stat()
            except OSError as error:  # gone meanwhile, or a link to nowhere
                tell(path, "a link to nothing" if path.is_symlink() else str(error.strerror))
                continue
            if stat.S_ISREG(status.st_mode):
                yield path, status
            else:
                tell(path, "no regular file")


def name_under(prefix: str, folder: Path, path: Path) -> str:
    """The name that a file under a folder has in the run; bytes that are no text are written as in a URI (``%E9``)."""
    text = written_out(path.relative_to(folder).as_posix())
    return f"{prefix}/{text}" if prefix else text
