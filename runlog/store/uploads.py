"""Content that comes in piece by piece, kept under a passing name until it is whole."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from runlog.journal import real_time
from runlog.store.folder import FolderBackend
from runlog.store.sharing import share_file

FOLDER = "uploads"
OLD = 86_400.0
"""Seconds after which what a killed server left is removed."""
_NAME = re.compile(r"[0-9a-f]{24}")


class Upload(AbstractContextManager["Upload"]):
    """A file being received, in a ``with`` block that removes it unless it was kept."""

    def __init__(self, workspace: Path) -> None:
        """Make the file.

        Args:
            workspace: its folder.

        Raises:
            OSError: it can't be made.
        """
        folder = workspace / FOLDER
        folder.mkdir(exist_ok=True)
        self.path = folder / os.urandom(12).hex()
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = self.path.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Take in what comes next.

        Raises:
            OSError: it can't be written.
        """
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """The hash of what came so far."""
        return self._digest.hexdigest()

    def finish(self, *, shared: bool) -> Path:
        """Sync it; the file, which is ready to be given its place.

        Args:
            shared: let the group read it.

        Raises:
            OSError: it can't be synced.
        """
        if shared:
            share_file(self._file.fileno())
        os.fsync(self._file.fileno())
        self._file.close()
        return self.path

    def opened(self) -> BinaryIO:
        """What came so far, to be read."""
        return self.path.open("rb")

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


def keep_as_blob(backend: FolderBackend, upload: Upload) -> bool:
    """Keep content that was received under its hash; False where it was here already.

    Raises:
        OSError: it can't be given its place.
    """
    if backend.blobs.is_renewed(upload.sha256) and backend.blobs.size(upload.sha256) == upload.size:
        return False
    backend.blobs.take(upload.finish(shared=backend._shared), upload.sha256)
    return True


def clear_uploads(workspace: Path) -> None:
    """Remove what a server that was killed left, a day after: files whose names are ours, and through no link."""
    folder = workspace / FOLDER
    if folder.is_symlink():
        return
    with suppress(OSError):
        for path in folder.iterdir():
            if _NAME.fullmatch(path.name) and _is_old(path):
                path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and real_time.wall() - found.st_mtime > OLD
