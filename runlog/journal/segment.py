"""One segment file while it is written, and its sealing."""

from __future__ import annotations

import errno
import mmap
import os
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
from runlog.journal.held_descriptor import HeldDescriptor, TaggedDescriptor, identity
from runlog.journal.in_place import overwrite_in_place
from runlog.journal.mapping import Mapping
from runlog.journal.open_file import OpenFile, read_at, write_at
from runlog.journal.reserve import open_file, with_reserve

PIECE = 256 * 1024
"""Zeros are written ahead in pieces of this many bytes, so that no single write holds up a sync for long."""
_ZEROS = bytes(PIECE)
PAGE = 4096
"""The least that the kernel copies of a write before it looks whether the process was killed."""


def split_mark(record: bytes, mark_at: int) -> tuple[bytes, bytes]:
    """A record with zeros for the 4 bytes that make it visible, and these bytes, which are stored last."""
    return record[:mark_at] + bytes(4) + record[mark_at + 4 :], record[mark_at : mark_at + 4]


class Segment:
    """An ``.open`` segment file.

    Holds a mapping of the whole file (mode mmap), or a descriptor (mode append, or when a mapping got no more blocks).
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
        self._mapping: Mapping | None = None
        self._zeroing = threading.Lock()
        self._has_all_room = False
        self._held: HeldDescriptor = TaggedDescriptor(open_file(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        self._file = identity(self._held.number)
        try:
            self._prepare()
        except BaseException:
            self.abandon()
            raise

    def _prepare(self) -> None:
        fd = self._held.number
        if self.header.mode is Mode.APPEND:
            overwrite_in_place(fd)
            write_at(fd, self.header.pack(), 0)
            return
        os.ftruncate(fd, self.size)
        self.zeroed = min(self.size, PIECE)
        write_at(fd, self.header.pack() + _ZEROS[HEADER_SIZE : self.zeroed], 0)
        self._mapping = with_reserve(lambda: Mapping(fd, self.size))
        self.view = self._mapping.view
        if hasattr(mmap, "MADV_RANDOM"):  # readahead on a first touch costs up to 21 ms
            self.view.madvise(mmap.MADV_RANDOM)
        kept = self._mapping.descriptor
        if kept is not None:  # one is enough
            self._held.close()
            self._held = kept

    def zero_to(self, end: int) -> None:
        """Give the file blocks up to ``end`` (at most its size), by writing zeros; not after :meth:`take_no_more_room`.

        Raises:
            OSError: no space; what was reached stands in ``zeroed``.
        """
        end = min(end, self.size)
        if self.zeroed >= end:
            return
        with self.opened() as file:
            while self.zeroed < end:
                with self._zeroing:  # two threads that zero the same piece could wipe out what was written between
                    if self._has_all_room:
                        return
                    piece = min(PIECE, self.size - self.zeroed)
                    write_at(file.own(), _ZEROS[:piece], self.zeroed)
                    self.zeroed += piece

    def take_no_more_room(self) -> None:
        """Let no thread write zeros any more: records are written beyond them from now on, through the file."""
        with self._zeroing:
            self._has_all_room = True

    def opened(self) -> OpenFile:
        """The file, open for a ``with`` block.

        Raises:
            OSError: it is not there any more.
        """
        if self._held.is_held:
            fd = with_reserve(lambda: os.dup(self._held.number))
            if identity(fd) == self._file:
                return OpenFile(fd)
            os.close(fd)  # of another file, which was opened just now
        return OpenFile(self._open_by_name())

    def _open_by_name(self) -> int:
        fd = open_file(self.path, os.O_RDWR)
        if identity(fd) != self._file:
            os.close(fd)
            raise OSError(errno.ESTALE, "another file has taken its place", str(self.path))
        return fd

    @property
    def is_removed(self) -> bool:
        """Whether nobody will find the file any more; a folder that was moved, or is no longer mounted, keeps it."""
        if self._held.is_held:
            return os.fstat(self._held.number).st_nlink == 0
        try:
            status = self.path.stat()
        except OSError:
            return True
        return (status.st_dev, status.st_ino) != self._file

    def read(self, end: int) -> bytes:
        """What stands in it, up to an offset.

        Raises:
            OSError: it can't be read.
        """
        try:
            with self.opened() as file:
                return read_at(file.own(), end, 0)
        except OSError:
            if self.view is None:  # else there is no descriptor left, or the file is gone
                raise
            return self.view[:end]

    def write(self, data: bytes, offset: int) -> None:
        """Write through the file (mode append, or a mapped segment that got no more blocks).

        Raises:
            OSError: no space, or the file is not there any more.
        """
        if not self._held.is_held:  # the program has closed it
            self._held = TaggedDescriptor(self._open_by_name())
        write_at(self._held.number, data, offset)

    def write_header(self, data: bytes, offset: int) -> None:
        """Write into the header, which needs neither room nor, where the file is mapped, a descriptor.

        Raises:
            OSError: the file is gone.
        """
        if self.view is not None:
            self.view[offset : offset + len(data)] = data
        else:
            self.write(data, offset)

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
        with suppress(OSError), self.opened() as file:
            if self.header.mode is Mode.APPEND:
                os.ftruncate(file.own(), start)
            else:  # a mapped file keeps its size; zeros reach as far as the record did
                write_at(file.own(), bytes(end - start), start)

    def sync(self) -> None:
        """Bring the data to the disk."""
        with self.opened() as file:
            getattr(os, "fdatasync", os.fsync)(file.own())

    def seal(self, end: int) -> None:
        """Truncate to ``end``, add the checksums, and rename to ``.seal``. The mapping is let go.

        Raises:
            OSError: the segment stays as it is, ``.open`` and readable.
        """
        self.release()
        seal_file(self.path, end, self.state_offsets, self._file)

    def sealed_image(self, end: int) -> bytes:
        """What the file would be once sealed.

        Raises:
            OSError: it can't be read.
        """
        data = self.read(end)
        return data + _footer(data, self.state_offsets)

    def release(self) -> None:
        """Close the descriptor and let the mapping go; the file stays."""
        view, self.view = self.view, None
        if view is not None and self._mapping is not None:
            self._mapping.let_go(view)
        self._mapping = None
        self._held.close()

    def abandon(self) -> None:
        """Release, and remove the file: nothing was written to it."""
        self.release()
        self.path.unlink(missing_ok=True)


def seal_file(path: Path, end: int, state_offsets: Sequence[int], file: tuple[int, int] | None = None) -> Path:
    """Seal an ``.open`` segment that nobody writes to any more.

    Args:
        path: of the segment.
        end: where its data ends, a byte offset in the file.
        state_offsets: byte offsets of its state frames.
        file: what the path must lead to, where that is known.

    Returns:
        the path of the sealed file.

    Raises:
        OSError: the segment stays ``.open`` and readable.
    """
    with OpenFile(path) as opened:
        if file is not None and identity(opened.number) != file:
            raise OSError(errno.ESTALE, "another file has taken its place", str(path))
        data = read_at(opened.own(), end, 0).ljust(end, b"\0")
        footer = _footer(data, state_offsets)
        whole = len(data) + len(footer)
        try:
            os.ftruncate(opened.own(), whole)
            # The footer proper goes first: a reader that meets it knows that no records stand behind the data's end.
            write_at(opened.own(), footer[-FOOTER_SIZE:], whole - FOOTER_SIZE)
            write_at(opened.own(), footer[:-FOOTER_SIZE], len(data))
            getattr(os, "fdatasync", os.fsync)(opened.own())
        except OSError:
            os.ftruncate(opened.own(), len(data))
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
    data = pack_parts([segment.sealed_image(end) for segment, end in used])
    for segment, _ in used:  # before the draft is opened: there may be no other descriptors than theirs
        segment.release()
    try:
        with OpenFile(open_file(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC)) as file:
            write_at(file.own(), data, 0)
            getattr(os, "fdatasync", os.fsync)(file.own())
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    for segment, _ in used:
        segment.abandon()
