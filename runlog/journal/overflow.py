"""Where a record goes that came while its own stream was being moved, in the same thread.

One ``write`` to a file opened for appending: no lock, safe in a signal handler, and it survives the process.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import msgspec

from runlog.journal.files import segment_name
from runlog.journal.folder import make_folder
from runlog.journal.format import Header, Mode, Stream
from runlog.journal.held_descriptor import HeldDescriptor
from runlog.journal.reserve import open_file, with_reserve


class OverflowFile:
    """A writer's overflow stream. The file is made with its first record, and then kept open."""

    def __init__(self, folder: Path, header: Header) -> None:
        self._path = folder / segment_name(header.writer, Stream.OVERFLOW, 0, sealed=False)
        self._header = msgspec.structs.replace(header, stream=Stream.OVERFLOW, mode=Mode.APPEND)
        self._held: HeldDescriptor | None = None
        self._is_torn = False

    def write(self, frame: bytes) -> None:
        """Append a frame.

        Raises:
            OSError: no space, or the file can't be made.
        """
        held = self._held
        if held is None or not held.is_held:
            held = self._open()
        if self._is_torn:  # a record that did not fit whole stands before this one
            frame = bytes(-os.fstat(held.number).st_size % 8) + frame
        done = os.write(held.number, frame)
        if done < len(frame):
            self._is_torn = True
            raise OSError(errno.ENOSPC, "only part of a record fitted", str(self._path))

    def _open(self) -> HeldDescriptor:
        """Have the file, with a header. It gets its name with the header in it: others may write to it at once."""
        draft = self._path.with_name(f"{self._path.name}.{threading.get_ident()}.tmp")
        make_folder(self._path.parent)
        try:
            with_reserve(lambda: draft.write_bytes(self._header.pack()))
            _name(draft, self._path)
        finally:
            draft.unlink(missing_ok=True)
        held = HeldDescriptor(open_file(self._path, os.O_WRONLY | os.O_APPEND))
        if self._held is None or not self._held.is_held:
            self._held = held
        else:  # a signal handler, or another thread, was here meanwhile
            held.close()
        return self._held

    def close(self) -> None:
        """Close the descriptor; the file stays."""
        if self._held is not None:
            self._held.close()
            self._held = None


def _name(draft: Path, path: Path) -> None:
    """Give a file its name, unless there is one of that name already."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except (OSError, AttributeError):  # a file system, or a system, without hard links
        if not path.exists():
            draft.rename(path)
