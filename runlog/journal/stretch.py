"""A stretch of an events segment, read without the rest of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from runlog.journal.events import Seeds
from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    EVENT_MAX_PAYLOAD,
    UNPLACED,
    Stream,
)
from runlog.journal.image import SegmentFile
from runlog.journal.open_file import opened_regular
from runlog.journal.reader import ATTEMPTS, RunJournal
from runlog.journal.scan import Frame


class Stretch:
    """The bytes of a segment from one frame to another."""

    def __init__(self, data: bytes, begin: int, writer: str, stream: Stream) -> None:
        """Take the bytes.

        Args:
            data: what stands there; it may end early.
            begin: where it begins in its file: the offset of a frame.
            writer: whose segment it is.
            stream: of the segment.
        """
        self.data = data
        self._begin = begin
        self._writer = writer
        self._placed = stream is not Stream.OVERFLOW
        self._seeds = Seeds()

    def places(self) -> Iterator[tuple[int, int, int, int]]:
        """Of each frame: where it begins and ends in :attr:`data`, kind and flags.

        A frame is passed over by its length. What is damaged is found when it is read (:meth:`frame`).
        """
        data, at, end = self.data, 0, len(self.data)
        unpack, placed, begin = EVENT_HEADER.unpack_from, self._placed, self._begin
        while at + EVENT_HEADER_SIZE <= end:
            length, _, kind, flags, position = unpack(data, at)
            after = at + EVENT_HEADER_SIZE + (length + 7 & -8)
            if position == (begin + at if placed else UNPLACED) and kind and length <= EVENT_MAX_PAYLOAD:
                yield at, after, kind, flags
                at = after
            else:
                at += 8
                while at + EVENT_HEADER_SIZE <= end and self.frame(at) is None:
                    at += 8

    def frame(self, at: int) -> Frame | None:
        """The frame that begins at a place in :attr:`data`; None where none does, or it is damaged."""
        length, crc, kind, flags, position = EVENT_HEADER.unpack_from(self.data, at)
        last = at + EVENT_HEADER_SIZE + length
        place = self._begin + at
        if position != (place if self._placed else UNPLACED) or not kind or last > len(self.data):
            return None
        payload = self.data[at + EVENT_HEADER_SIZE : last]
        if zlib.crc32(payload, self._seeds.of(self._writer, kind, flags)) != crc:
            return None
        return Frame(kind, flags, payload, place)


def read_stretch(journal: RunJournal, writer: str, stream: Stream, number: int, begin: int, end: int) -> Stretch | None:
    """Read a stretch of a segment; None where it is not there, or can't be read.

    Args:
        journal: of the run.
        writer: whose segment.
        stream: of the segment.
        number: of the segment.
        begin: the offset of the first frame in the segment.
        end: the offset behind the last one.
    """
    for _ in range(ATTEMPTS):
        segment = journal.segment(writer, stream, number)
        if segment is None:
            return None
        try:
            return Stretch(_read(segment, begin, end), begin, writer, stream)
        except FileNotFoundError:  # sealed, packed or removed since the folder was listed
            journal.refresh()
        except OSError:
            return None
    return None


def _read(segment: SegmentFile, begin: int, end: int) -> bytes:
    offset, length = segment.part or (0, end)
    with opened_regular(segment.path, 0) as file:
        file.seek(offset + begin)
        return file.read(max(0, min(end, length) - begin))
