"""The bytes of one segment, as they stand on the disk: sealed, packed, or still being written."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from runlog.errors import JournalError
from runlog.journal.bounds import footer_of, most_bytes
from runlog.journal.format import (
    FOOTER_SIZE,
    HEADER_SIZE,
    POINT_MARK_AT,
    POINT_SIZE,
    SEAL_MAGIC,
    Footer,
    Header,
    PointKind,
    Stream,
)
from runlog.journal.open_file import opened_regular, read_regular

CHUNK = 1 << 20
"""Bytes that are read at a time of a segment that is being written; a chunk of zeros is its end."""
MAPPED_FROM = 1 << 20
"""A sealed file of this size or more is mapped, as it never changes. Others are read."""
LOOK = 1 << 16
"""Bytes in which it shows whether a segment that was made ahead is written to."""
_NO_POINTS = bytes([0, PointKind.DEFINE, PointKind.DEFINE_CONTINUED, PointKind.PAD])
_ZEROS = bytes(CHUNK)
_PAGE = 4096
SETTLING = 0.001
"""Seconds after which the tail of a live writer is read again: stores may arrive out of order on some processors."""


@dataclass(frozen=True)
class SegmentFile:
    """Where a segment is to be found."""

    stream: Stream
    number: int
    path: Path
    sealed: bool
    part: tuple[int, int] | None = None
    """Offset and length in a pack."""

    @property
    def label(self) -> str:
        """What a damage report calls it."""
        return self.path.name if self.part is None else f"{self.path.name}[{self.stream.name.lower()}]"


@dataclass
class Image:
    """A segment's bytes."""

    data: Any
    header: Header
    footer: Footer | None
    live: bool
    """Its writer may still write to it."""
    label: str

    @property
    def end(self) -> int:
        """Where its data ends."""
        return self.footer.data_end if self.footer is not None else len(self.data)


def has_gone_on(later: SegmentFile) -> bool:
    """Whether its writer writes to a segment, and so no more to the one before it.

    One that was made ahead has a header, and of points the definitions of names.
    """
    if later.sealed:
        return True
    try:
        data = _read(later.path, HEADER_SIZE)
        if later.stream is not Stream.POINTS:
            return bool(data.strip(b"\0"))
        at = HEADER_SIZE
        while data.strip(b"\0"):
            if data[POINT_MARK_AT::POINT_SIZE].translate(None, _NO_POINTS):
                return True
            at += len(data)
            data = _read(later.path, at)
    except OSError:  # sealed or removed just now
        return later.path.with_suffix(".seal").exists()
    return False


def newest_gone_on(segments: Mapping[int, SegmentFile], after: int) -> int:
    """The newest segment of a stream that its writer has gone on to: those before it are over.

    Args:
        segments: of the stream, by number.
        after: only those behind this one count; it is the answer where none has been gone on to.
    """
    later = sorted((one for one in segments if one > after), reverse=True)
    return next((one for one in later if has_gone_on(segments[one])), after)


def load(segment: SegmentFile, writer: str, *, live: bool, start: int = HEADER_SIZE) -> Image | None:
    """Read a segment.

    Args:
        segment: where it is.
        writer: whose it must be.
        live: whether that writer may still write.
        start: bytes of an open segment before it are known, and need not be true.

    Returns:
        None where it was made ahead by its writer, and nothing was written to it yet.

    Raises:
        FileNotFoundError: it was sealed, packed or removed meanwhile.
        JournalError: its header or footer is damaged, or those of another segment.
        MissingExtraError: it is compacted, and numpy or zstandard is not installed.
        OSError: it can't be read.
    """
    image = _read_sealed(segment) if segment.sealed else _read_open(segment, start, live=live)
    if image is not None:
        header = image.header
        if (header.writer, header.stream, header.segment) != (writer, segment.stream, segment.number):
            raise JournalError(f"{segment.label} has the header of another segment")
    return image


def _read_sealed(segment: SegmentFile) -> Image:
    if segment.path.suffix == ".compact":
        return _read_compacted(segment)
    with opened_regular(segment.path) as file:
        data: Any
        size = os.fstat(file.fileno()).st_size
        _check_size(segment, size)
        if segment.part is not None:
            file.seek(segment.part[0])
            data = file.read(segment.part[1])
        elif size < MAPPED_FROM:
            data = file.read()
        else:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    header = Header.unpack(data[:HEADER_SIZE], segment.label)
    return Image(data, header, footer_of(data, segment.label), live=False, label=segment.label)


def _read_compacted(segment: SegmentFile) -> Image:
    """The segment as it was before. Checksums of its chunks were verified, so there are none of its blocks."""
    from runlog.journal.compact_file import CompactFile
    from runlog.journal.compact_image import restored

    data = restored(CompactFile(read_regular(segment.path), segment.label)).data
    header = Header.unpack(data, segment.label)
    return Image(data, header, Footer(len(data), (), ()), live=False, label=segment.label)


def _read_open(segment: SegmentFile, start: int, *, live: bool) -> Image | None:
    start = max(start, HEADER_SIZE)
    _check_size(segment, segment.path.stat().st_size)
    head, tail = _bytes_of_open(segment.path, start, live=live)
    if live and not segment.path.exists():
        raise FileNotFoundError(segment.path)
    if not (head.strip(b"\0") or tail.strip(b"\0")):
        return None
    header = Header.unpack(head, segment.label)
    data = placed(head, start, tail)
    if data[-FOOTER_SIZE:].startswith(SEAL_MAGIC):  # sealed, and not renamed yet; its writer may have died in between
        try:
            return Image(data, header, footer_of(data, segment.label), live=False, label=segment.label)
        except JournalError:
            data = data[: int.from_bytes(data[-24:-16], "little")]
    return Image(data, header, None, live, segment.label)


def _check_size(segment: SegmentFile, size: int) -> None:
    """Take in no file that is longer than any writer makes one: what is made of it takes several times as much memory.

    Raises:
        JournalError: it is too long.
    """
    if segment.stream is not Stream.OVERFLOW and size > most_bytes(segment.stream):
        raise JournalError(f"{segment.label} has {size} bytes, and no segment has over {most_bytes(segment.stream)}")


def _bytes_of_open(path: Path, start: int, *, live: bool) -> tuple[bytes, bytearray]:
    """The header of a segment that is, or was, being written, and what stands from ``start`` on.

    Of a dead writer that is all up to the file's end.
    """
    tail = bytearray()
    with opened_regular(path, 0) as file:  # a buffer would give the same bytes again when the tail is read again
        head = file.read(HEADER_SIZE)
        if len(head) == HEADER_SIZE:
            file.seek(start)
            while chunk := file.read(CHUNK):
                if live and chunk == _ZEROS[: len(chunk)]:
                    break
                tail += chunk
            if live:
                _cut_zeros(tail)
                _settle(file, tail, start)
    return head, tail


def placed(head: bytes, start: int, tail: bytearray) -> Any:
    """A segment with zeros between its header and what was read of it; many of them take up no memory."""
    gap = start - len(head)
    if not tail or gap < CHUNK:
        return head + bytes(gap if tail else 0) + tail
    data = mmap.mmap(-1, start + len(tail))
    data[: len(head)] = head
    data[start:] = bytes(tail)
    return data


def _cut_zeros(tail: bytearray) -> None:
    """Leave out whole pages at the end that nothing was written to: who looks for a record would look through them."""
    end = len(tail)
    while end >= _PAGE and tail[end - _PAGE : end] == _ZEROS[:_PAGE]:
        end -= _PAGE
    del tail[end:]


def _settle(file: BinaryIO, tail: bytearray, start: int) -> None:
    """Read again what the writer may have been at when it was read first, and nothing that it began since."""
    used = (start + len(tail.rstrip(b"\0")) + POINT_SIZE - 1 & -POINT_SIZE) - start
    begin = max(0, used - 2 * CHUNK)
    if begin < used:
        time.sleep(SETTLING)
        file.seek(start + begin)
        tail[begin:] = file.read(min(used, len(tail)) - begin).ljust(len(tail) - begin, b"\0")


def _read(path: Path, start: int) -> bytes:
    with opened_regular(path, 0) as file:
        file.seek(start)
        return file.read(LOOK)
