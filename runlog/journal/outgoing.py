"""What can be sent of a run's journal: complete records of writers that live, all bytes of those that do not.

Bytes that were sent are not to change any more: their copy is gone on with from where it ends. A record that stands
before others and does not come is waited for as a reader does, then passed over; should it come after all, the
checksums of the sealed segment tell.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runlog.errors import JournalError, MissingExtraError
from runlog.journal.damage import Damage
from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    EVENT_MAX_PAYLOAD,
    HEADER_SIZE,
    POINT_MARK_AT,
    POINT_SIZE,
    UNPLACED,
    Header,
    Stream,
)
from runlog.journal.image import SETTLING, Image, SegmentFile
from runlog.journal.open_file import opened_regular
from runlog.journal.patience import Patience, written_end
from runlog.journal.reader import RunJournal, WriterFiles
from runlog.journal.scan import EventScan, Frame

PIECE = 4 << 20
"""Bytes that are sent at a time, as a rule."""
LOOK = 1 << 16
"""Bytes of a live segment that are looked at first: it is mostly empty."""
LEAST = 2 * EVENT_MAX_PAYLOAD
"""Bytes of a live segment in which a whole record stands, however long it is."""


class Piece(NamedTuple):
    """Bytes of a segment that can be sent."""

    data: bytes
    ends: bool
    """The segment is sealed, and ends with them."""


NOTHING = Piece(b"", ends=False)


class Outgoing:
    """The journal in one folder, as it is sent."""

    def __init__(self, folder: Path) -> None:
        """List the folder.

        Args:
            folder: of the run.

        Raises:
            JournalError: it can't be listed.
        """
        self._journal = RunJournal(folder)
        self._patience = Patience()

    def refresh(self) -> list[WriterFiles]:
        """The writers as they stand now, in the order they began.

        Raises:
            JournalError: the folder can't be listed.
        """
        self._journal.refresh()
        return self._journal.writers

    def read(self, files: WriterFiles, segment: SegmentFile, start: int, limit: int = PIECE) -> Piece:
        """What can be sent of a segment from an offset on; nothing where its file is sealed or packed just now.

        Args:
            files: of its writer.
            segment: to be read.
            start: offset in the segment of the first byte that is asked for.
            limit: how many bytes at the most; of a segment that is being written the last record may go beyond.

        Raises:
            OSError: it can't be read.
        """
        live = not segment.sealed and files.liveness().may_write  # asked before the bytes are read
        try:
            if segment.sealed:
                return _sealed(segment, start, limit)
            return Piece(self._complete(segment, start, limit) if live else _all_of(segment, start, limit), ends=False)
        except FileNotFoundError:
            return NOTHING

    def _complete(self, segment: SegmentFile, start: int, limit: int) -> bytes:
        """Complete records of a segment that is being written."""
        begin = max(start, HEADER_SIZE)
        size, most = LOOK, max(limit, LEAST)
        while True:
            found = _settled(segment.path, begin, size)
            end = self._end_of_complete(segment, begin, found)
            is_over = len(found) < size or (end < len(found) and not found[end:].strip(b"\0"))
            if is_over or size >= most:
                found = found[:end]
                break
            size *= 4
        if start >= HEADER_SIZE:
            return found
        header = _read(segment.path, 0, HEADER_SIZE)
        return header[start:] + found if _is_header(header, segment) else b""

    def _end_of_complete(self, segment: SegmentFile, begin: int, data: bytes) -> int:
        if segment.stream is Stream.POINTS:
            marks = data[POINT_MARK_AT::POINT_SIZE]
            slots = marks.find(0)
            slots = len(marks) if slots < 0 else slots
            full = len(marks.rstrip(b"\0"))
            hole, written = begin + slots * POINT_SIZE, begin + full * POINT_SIZE
            if slots < full and self._patience.is_over(segment.label, hole, written):
                slots = full
            return slots * POINT_SIZE
        end = _end_of_frames(data, 0 if segment.stream is Stream.OVERFLOW else begin, segment.stream)
        rest = data[end:]
        if rest.strip(b"\0") and self._patience.is_over(segment.label, begin + end, begin + written_end(data)):
            return max(end, self._end_behind_gap(segment, begin + end) - begin)
        return end

    def _end_behind_gap(self, segment: SegmentFile, start: int) -> int:
        """Where the valid frames end that stand behind one that does not come."""
        data = _read(segment.path, 0, start) + _settled(segment.path, start, PIECE)
        try:
            header = Header.unpack(data, segment.label)
        except JournalError:
            return start
        scan = EventScan(Image(data, header, None, live=True, label=segment.label), Damage(), start=start)
        for _ in scan:
            pass
        return scan.reached


def frames_with(data: bytes, begin: int, stream: Stream, text: bytes) -> Iterator[Frame]:
    """The frames in a stretch of a segment of events whose payload contains some bytes; checksums are not looked at.

    Args:
        data: the stretch, which begins with a frame.
        begin: its offset in the segment.
        stream: events or overflow.
        text: bytes to look for.
    """
    hit, at, end = data.find(text), 0, len(data)
    while hit >= 0 and at + EVENT_HEADER_SIZE <= end:
        length, _, kind, flags, position = EVENT_HEADER.unpack_from(data, at)
        if (
            not kind
            or length > EVENT_MAX_PAYLOAD
            or position != (UNPLACED if stream is Stream.OVERFLOW else begin + at)
        ):
            at += 8
            continue
        after = at + EVENT_HEADER_SIZE + (length + 7 & -8)
        if hit < after:
            payload = data[at + EVENT_HEADER_SIZE : at + EVENT_HEADER_SIZE + length]
            if text in payload:
                yield Frame(kind, flags, payload, begin + at)
            hit = data.find(text, after)
        at = after


def _end_of_frames(data: bytes, begin: int, stream: Stream) -> int:
    at, end, unplaced = 0, len(data), stream is Stream.OVERFLOW
    unpack = EVENT_HEADER.unpack_from
    while at + EVENT_HEADER_SIZE <= end:
        length, _, kind, _, position = unpack(data, at)
        after = at + EVENT_HEADER_SIZE + (length + 7 & -8)
        placed = position == (UNPLACED if unplaced else begin + at)
        if not placed or not kind or length > EVENT_MAX_PAYLOAD or after > end:
            break
        at = after
    return at


def _sealed(segment: SegmentFile, start: int, limit: int) -> Piece:
    if segment.path.suffix == ".compact":
        whole = _before_compaction(segment.path)
        return Piece(whole[start : start + limit], ends=start + limit >= len(whole))
    first, size = segment.part or (0, segment.path.stat().st_size)
    data = _read(segment.path, first + start, max(0, min(limit, size - start)))
    return Piece(data, ends=start + len(data) >= size)


@functools.lru_cache(maxsize=1)
def _before_compaction(path: Path) -> bytes:
    """The sealed segment that a compacted one was made of; it is asked for piece by piece.

    Raises:
        OSError: it can't be read, is damaged, or a package that this takes is not installed.
    """
    from runlog.journal.compact_image import sealed_bytes

    try:
        return sealed_bytes(path)
    except (JournalError, MissingExtraError) as error:
        raise OSError(f"{path} can't be sent: {error}") from error


def _all_of(segment: SegmentFile, start: int, limit: int) -> bytes:
    """Everything up to the last byte that was written, in whole records' steps."""
    step = POINT_SIZE if segment.stream is Stream.POINTS else 8
    used = _end_of_used(segment.path)
    end = max(HEADER_SIZE, HEADER_SIZE + -(-(used - HEADER_SIZE) // step) * step) if used else 0
    data = _read(segment.path, start, max(0, min(limit, end - start)))
    if start == 0 and not _is_header(data[:HEADER_SIZE], segment):
        return b""
    return data.ljust(min(limit, end - start), b"\0") if start < end else b""


def _end_of_used(path: Path) -> int:
    """Where the zeros begin that a file ends with."""
    with opened_regular(path) as file:
        at = file.seek(0, os.SEEK_END)
        while at > 0:
            begin = max(0, at - PIECE)
            file.seek(begin)
            used = file.read(at - begin).rstrip(b"\0")
            if used:
                return begin + len(used)
            at = begin
    return 0


def _settled(path: Path, start: int, size: int) -> bytes:
    """What stands in a segment that is being written: read twice, as stores arrive out of order on some processors."""
    first = _read(path, start, size)
    if not first.strip(b"\0"):
        return first
    time.sleep(SETTLING)
    return _read(path, start, len(first))


def _is_header(data: bytes, segment: SegmentFile) -> bool:
    try:
        header = Header.unpack(data, segment.label)
    except JournalError:  # being written just now, or damaged: a reader here tells of it
        return False
    return (header.stream, header.segment) == (segment.stream, segment.number)


def _read(path: Path, start: int, size: int) -> bytes:
    with opened_regular(path, 0) as file:
        file.seek(start)
        parts = []
        while size > 0 and (part := file.read(size)):
            parts.append(part)
            size -= len(part)
    return b"".join(parts)
