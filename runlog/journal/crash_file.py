"""The file that a crashing process writes its last words to, beside its writer's segments.

``faulthandler`` writes it by signal-safe calls, when nothing of Python runs any more. It is empty as long as nothing
happens, and removed when it is closed empty.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import NamedTuple

from runlog.journal.held_descriptor import HeldDescriptor
from runlog.journal.open_file import open_regular, opened_regular

_NAME = re.compile(r"([0-9a-z]{12})-crash\.txt")
LONGEST = 1 << 18
"""Bytes that are read of such a file."""


def crash_name(writer: str) -> str:
    """What the file of a writer is called."""
    return f"{writer}-crash.txt"


class Crash(NamedTuple):
    """What a process wrote when it crashed."""

    writer: str
    time_ns: int
    text: str


class CrashFile(io.FileIO):
    """A file for ``faulthandler``, open for appending.

    Args:
        folder: Of the run.
        writer: The id of the writer whose process may crash.

    Raises:
        OSError: it can't be made.
    """

    def __init__(self, folder: Path, writer: str) -> None:
        self._path = folder / crash_name(writer)
        self._pid = os.getpid()
        self._open()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = HeldDescriptor(open_regular(self._path, flags))
        super().__init__(self._descriptor.number, "ab", closefd=False)

    @property
    def is_held(self) -> bool:
        """Whether it can still be written to: the program may have closed its descriptor."""
        return not self.closed and self._descriptor.is_held

    def reopen(self) -> None:
        """Open it anew, under another number, where the program has closed its descriptor.

        Raises:
            OSError: it can't be opened.
        """
        if not self.is_held and not self.closed:
            self._open()

    def close(self) -> None:
        """Close it, and remove it where it is empty; a forked child leaves its parent's."""
        if self.closed:
            return
        super().close()
        self._descriptor.close()
        with contextlib.suppress(OSError):  # the folder was removed
            if self._pid == os.getpid() and self._path.stat().st_size == 0:
                self._path.unlink()


def read_crashes(folder: Path) -> list[Crash]:
    """What processes wrote into a run's folder when they crashed, in the order of their writers."""
    found = []
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    for name in names:
        if match := _NAME.fullmatch(name):
            with contextlib.suppress(OSError), opened_regular(folder / name) as file:
                text = file.read(LONGEST).decode("utf-8", "replace").strip()
                if text:
                    found.append(Crash(match[1], os.fstat(file.fileno()).st_mtime_ns, text))
    return found
