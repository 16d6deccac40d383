"""One segment file while it is written, and its sealing."""

from __future__ import annotations

import errno
import mmap
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from runlog.journal.files import segment_name
from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    FOOTER_SIZE,
    HEADER_SIZE,
    PACK_LIMIT,
    EventFlag,
    Footer,
    Header,
    Mode,
    block_crcs,
    pack_parts,
)
from runlog.journal.in_place import overwrite_in_place

PIECE = 256 * 1024
"""Zeros are written ahead in pieces of this many bytes, so that no single write holds up a sync for long."""
_ZEROS = bytes(PIECE)
PAGE = 4096
"""The least that the kernel copies of a write before it looks whether the process was killed."""


def write_at(fd: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of ``data`` at ``offset``, however many calls the system needs.

    Raises:
        OSError: no space, or the file's limit is reached.
    """
    while data:
        if hasattr(os, "pwrite"):
            done = os.pwrite(fd, data, offset)
        else:  # Windows: callers hold the writer's gate, so seeking is safe
            os.lseek(fd, offset, os.SEEK_SET)
            done = os.write(fd, data)
        data = data[done:]
        offset += done


def split_mark(record: bytes, mark_at: int) -> tuple[bytes, bytes]:
    """A record with zeros for the 4 bytes that make it visible, and these bytes, which are stored last."""
    return record[:mark_at] + bytes(4) + record[mark_at + 4 :], record[mark_at : mark_at + 4]


class Segment:
    """An ``.open`` segment file.

    Holds a mapping of the whole file (mode mmap; its own descriptor is closed, as the mapping keeps one), or a
    descriptor (mode append).
    """

    def __init__(self, folder: Path, header: Header, size: int) -> None:
        """Create the file.

        Args:
            folder: where the file goes.
            header: what it says of itself; its mode decides whether it is mapped.
            size: bytes that the segment may come to hold, header included.

        Raises:
            OSError: the file can't be made, mapped, or given its first blocks.
        """
        self.header = header
        self.size = size
        self.path = folder / segment_name(header.writer, header.stream, header.segment, sealed=False)
        self.start = HEADER_SIZE
        """Where records begin, behind what stands at its start."""
        self.zeroed = 0
        self.defined = 0
        """How many of the writer's definitions it holds."""
        self.state_offsets: list[int] = []
        self.view: mmap.mmap | None = None
        self._zeroing = threading.Lock()
        self._has_all_room = False
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            self._prepare()
        except BaseException:
            self.abandon()
            raise

    def _prepare(self) -> None:
        if self.header.mode is Mode.APPEND:
            overwrite_in_place(self._fd)
            write_at(self._fd, self.header.pack(), 0)
            return
        os.ftruncate(self._fd, self.size)
        self.zeroed = min(self.size, PIECE)
        write_at(self._fd, self.header.pack() + _ZEROS[HEADER_SIZE : self.zeroed], 0)
        try:
            if sys.version_info >= (3, 13):
                self.view = mmap.mmap(self._fd, self.size, trackfd=False)
            else:  # the mapping costs a descriptor as long as it lives
                self.view = mmap.mmap(self._fd, self.size)
        except ValueError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:  # a signal handler's
                raise
            raise OSError(errno.ENOMEM, f"it can't be mapped: {error}", str(self.path)) from error
        if hasattr(mmap, "MADV_RANDOM"):  # readahead on a first touch costs up to 21 ms
            self.view.madvise(mmap.MADV_RANDOM)
        self._close()

    def zero_to(self, end: int) -> None:
        """Give the file blocks up to ``end`` (at most its size), by writing zeros; not after :meth:`take_no_more_room`.

        Raises:
            OSError: no space; what was reached stands in ``zeroed``.
        """
        end = min(end, self.size)
        if self.zeroed >= end:
            return
        with self.opened() as fd:
            while self.zeroed < end:
                with self._zeroing:  # two threads that zero the same piece could wipe out what was written between
                    if self._has_all_room:
                        return
                    piece = min(PIECE, self.size - self.zeroed)
                    write_at(fd, _ZEROS[:piece], self.zeroed)
                    self.zeroed += piece

    def take_no_more_room(self) -> None:
        """Let no thread write zeros any more: records are written beyond them from now on, through the file."""
        with self._zeroing:
            self._has_all_room = True

    def opened(self) -> Descriptor:
        """A descriptor of the file, for a ``with`` block."""
        return Descriptor(self.path) if self._fd < 0 else Descriptor(os.dup(self._fd))

    def write(self, data: bytes, offset: int) -> None:
        """Write through the file (mode append, or a mapped segment that got no more blocks).

        Raises:
            OSError: no space.
        """
        if self._fd < 0:
            self._fd = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        write_at(self._fd, data, offset)

    def write_record(self, record: bytes, offset: int, mark_at: int) -> None:
        """Write a record through the file. A kill between two of its pages leaves one that is not visible.

        Args:
            record: its bytes.
            offset: its place.
            mark_at: where in it the 4 bytes stand that make it visible.

        Raises:
            OSError: no space.
        """
        if offset // PAGE == (offset + len(record) - 1) // PAGE:
            self.write(record, offset)
            return
        body, mark = split_mark(record, mark_at)
        self.write(body, offset)
        self.write(mark, offset + mark_at)

    def wipe(self, start: int, end: int) -> None:
        """Take back what a failed write may have left between ``start`` and ``end``; nothing stands behind it."""
        with suppress(OSError), self.opened() as fd:
            if self.header.mode is Mode.APPEND:
                os.ftruncate(fd, start)
            else:  # a mapped file keeps its size; zeros reach as far as the record did
                write_at(fd, bytes(end - start), start)

    def sync(self) -> None:
        """Bring the data to the disk."""
        with self.opened() as fd:
            getattr(os, "fdatasync", os.fsync)(fd)

    def seal(self, end: int) -> None:
        """Truncate to ``end``, add the checksums, and rename to ``.seal``. The mapping is let go.

        Raises:
            OSError: the segment stays as it is, ``.open`` and readable.
        """
        self.release()
        seal_file(self.path, end, self.state_offsets)

    def sealed_image(self, end: int) -> bytes:
        """What the file would be once sealed."""
        with self.opened() as fd:
            data = read_at(fd, end, 0)
        return data + _footer(data, self.state_offsets)

    def release(self) -> None:
        """Close the descriptor and let the mapping go; the file stays."""
        self.view = None
        self._close()

    def _close(self) -> None:
        """Close the descriptor, once: where a signal handler raises, its number may be another file's already."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def abandon(self) -> None:
        """Release, and remove the file: nothing was written to it."""
        self.release()
        self.path.unlink(missing_ok=True)


class Descriptor:
    """An open file descriptor that a ``with`` block closes."""

    def __init__(self, source: Path | int) -> None:
        self._fd = source if isinstance(source, int) else os.open(source, os.O_RDWR | getattr(os, "O_BINARY", 0))

    def __enter__(self) -> int:
        return self._fd

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


def read_at(fd: int, length: int, offset: int) -> bytes:
    """Read ``length`` bytes at ``offset``; fewer where the file ends."""
    parts = []
    while length > 0:
        if hasattr(os, "pread"):
            part = os.pread(fd, length, offset)
        else:
            os.lseek(fd, offset, os.SEEK_SET)
            part = os.read(fd, length)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)


def seal_file(path: Path, end: int, state_offsets: Sequence[int]) -> Path:
    """Seal an ``.open`` segment that nobody writes to any more.

    Args:
        path: of the segment.
        end: where its data ends, a byte offset in the file.
        state_offsets: byte offsets of its state frames.

    Returns:
        the path of the sealed file.

    Raises:
        OSError: the segment stays ``.open`` and readable.
    """
    with Descriptor(path) as fd:
        data = read_at(fd, end, 0).ljust(end, b"\0")
        footer = _footer(data, state_offsets)
        whole = len(data) + len(footer)
        try:
            os.ftruncate(fd, whole)
            # The footer proper goes first: a reader that meets it knows that no records stand behind the data's end.
            write_at(fd, footer[-FOOTER_SIZE:], whole - FOOTER_SIZE)
            write_at(fd, footer[:-FOOTER_SIZE], len(data))
            getattr(os, "fdatasync", os.fsync)(fd)
        except OSError:
            os.ftruncate(fd, len(data))
            raise
    sealed = path.with_suffix(".seal")
    path.rename(sealed)
    return sealed


def _footer(data: bytes, state_offsets: Sequence[int]) -> bytes:
    crcs = block_crcs(memoryview(data)[HEADER_SIZE:])
    states = tuple(at for at in sorted(set(state_offsets)) if _is_state_frame(data, at))
    return Footer(len(data), crcs, states).pack(data)


def _is_state_frame(data: bytes, at: int) -> bool:
    """Whether a frame was written where it was announced: a signal handler may have raised in between."""
    if at + EVENT_HEADER_SIZE > len(data):
        return False
    *_, flags, position = EVENT_HEADER.unpack_from(data, at)
    return position == at and bool(flags & EventFlag.STATE)


def fits_pack(data_bytes: int) -> bool:
    """Whether streams of so many bytes together go into one pack."""
    return data_bytes <= PACK_LIMIT


def pack_segments(path: Path, used: Sequence[tuple[Segment, int]]) -> None:
    """Put segments, each with the end of its data, into one file ``path``, and remove them.

    Raises:
        OSError: the segments stay as they are, ``.open`` and readable.
    """
    draft = path.with_name(path.name + ".tmp")
    try:
        with draft.open("wb", buffering=0) as file:
            write_at(file.fileno(), pack_parts([segment.sealed_image(end) for segment, end in used]), 0)
            getattr(os, "fdatasync", os.fsync)(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    for segment, _ in used:
        segment.abandon()
