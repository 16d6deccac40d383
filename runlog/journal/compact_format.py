"""The bytes of a compacted points segment, as ``docs/journal-format.md`` describes them."""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

from runlog.errors import JournalError, JournalVersionError, MissingExtraError
from runlog.journal.bounds import POINTS_MOST
from runlog.journal.format import HEADER_CRC_AT, HEADER_SIZE, POINT_SIZE

COMPACT_MAGIC = b"RLJCOMP\n"
COMPACT_VERSION = 1
CHUNK_POINTS = 2048
"""Points of a series that are compressed, and summed up, together."""
CHUNK_FIELDS = [
    ("offset", "<u8"),
    ("length", "<u4"),
    ("crc", "<u4"),
    ("series", "<u4"),
    ("count", "<u4"),
    ("numbers", "<u4"),
    ("stepped", "<u4"),
    ("codecs", "<u2"),
    ("mark", "<u2"),
    ("reserved", "<u4"),
    ("low_step", "<i8"),
    ("high_step", "<i8"),
    ("low_time", "<i8"),
    ("high_time", "<i8"),
    ("min", "<f8"),
    ("max", "<f8"),
    ("sum", "<f8"),
    ("first", "<f8"),
    ("last", "<f8"),
]
"""One chunk of one series: where its points are, and their summary."""
CHUNK_SIZE = 112
_FOOTER = struct.Struct("<8sIIQQQII" + "QII" * 4)
COMPACT_FOOTER_SIZE = _FOOTER.size + 4
_U32 = struct.Struct("<I")


class Part(NamedTuple):
    """A stretch of a compacted segment."""

    offset: int
    length: int
    crc: int

    def of(self, image: Any, what: str) -> Any:
        """Its bytes.

        Args:
            image: the whole file; all that is asked of it is to give slices.
            what: what to call it in a message.

        Raises:
            JournalError: the checksum fails.
        """
        data = image[self.offset : self.offset + self.length]
        if zlib.crc32(data) != self.crc:
            raise JournalError(f"{what} is damaged: its checksum does not fit")
        return data


class CompactFooter(NamedTuple):
    """What stands at the end of a compacted segment."""

    header_crc: int
    slots: int
    """How many slots the segment's data had."""
    points: int
    """How many of them hold a value."""
    sealed_size: int
    """Of the sealed segment, in bytes."""
    sealed_crc: int
    """Of all its bytes."""
    order: Part
    others: Part
    series: Part
    chunks: Part

    def pack(self) -> bytes:
        """Its bytes."""
        parts = (*self.order, *self.others, *self.series, *self.chunks)
        body = _FOOTER.pack(COMPACT_MAGIC, COMPACT_VERSION, *self[:5], 0, *parts)
        return body + _U32.pack(zlib.crc32(body))

    @classmethod
    def unpack(cls, image: Any, where: str) -> CompactFooter:
        """Read the footer of a whole compacted segment.

        Args:
            image: the file's bytes.
            where: what to call the file in a message.

        Raises:
            JournalVersionError: it is of a newer version.
            JournalError: it has none, or the footer is damaged.
        """
        size = len(image)
        if size < HEADER_SIZE + COMPACT_FOOTER_SIZE:
            raise JournalError(f"{where} has {size} bytes, too few for a compacted segment")
        body = bytes(image[size - COMPACT_FOOTER_SIZE :])
        fields = _FOOTER.unpack_from(body)
        if fields[0] != COMPACT_MAGIC or _U32.unpack_from(body, _FOOTER.size)[0] != zlib.crc32(body[:-4]):
            raise JournalError(f"{where} is compacted, and its footer is damaged")
        if fields[1] != COMPACT_VERSION:
            raise JournalVersionError(
                f"{where} is compacted in version {fields[1]}; this runlog reads version {COMPACT_VERSION}: "
                "install a newer runlog-ml to read it"
            )
        parts = [Part(*fields[at : at + 3]) for at in range(8, 20, 3)]
        footer = cls(*fields[2:7], *parts)
        if zlib.crc32(bytes(image[:HEADER_CRC_AT])) != footer.header_crc:
            raise JournalError(f"{where} is compacted, and its header is not the one it was compacted with")
        if not footer.fits(size):
            raise JournalError(f"{where} is compacted, and its footer names parts that can't be")
        return footer

    def fits(self, size: int) -> bool:
        """Whether its numbers may be true of a file of so many bytes."""
        within = all(
            part.offset >= HEADER_SIZE and part.offset + part.length <= size - COMPACT_FOOTER_SIZE
            for part in (self.order, self.others, self.series, self.chunks)
        )
        counts = self.points <= self.slots <= POINTS_MOST // POINT_SIZE
        return within and counts and self.chunks.length % CHUNK_SIZE == 0


def numpy_and_zstandard() -> tuple[Any, Any]:
    """The two packages that make and read compacted segments.

    Raises:
        MissingExtraError: one is not installed.
    """
    try:
        import numpy as np
        import zstandard
    except ImportError as error:
        raise MissingExtraError(
            f"compacted segments need numpy and zstandard ({error}): pip install 'runlog-ml[server]'"
        ) from error
    return np, zstandard
