"""How large the files of a journal may be: whoever reads those of somebody else does bounded work."""

from __future__ import annotations

import struct

from runlog.errors import JournalError
from runlog.journal.format import BLOCK_SIZE, EVENT_HEADER_SIZE, FOOTER_SIZE, HEADER_SIZE, Footer, Stream

SEGMENT_MOST = 80 << 20
"""Bytes of a segment: 64 MiB, and what sealing puts behind them where each of its records is a small state event."""
POINTS_MOST = 256 << 20
"""The same of points: a segment is four times as long as the definitions of all names at its start, where these need
more than 16 MiB."""
PACK_MOST = 1 << 20
"""Bytes of a pack: 64 KiB of records, and their footers, are far below."""
_FOOTER_HEAD = struct.Struct("<8sIIIIQ")


def most_bytes(stream: Stream) -> int:
    """How long a segment of a stream may be, its footer included."""
    return POINTS_MOST if stream is Stream.POINTS else SEGMENT_MOST


def footer_of(image: bytes | memoryview, where: str) -> Footer:
    """The footer of a sealed segment of somebody's making: it names no more than its data has room for.

    Args:
        image: of the segment.
        where: what to call it in a message.

    Raises:
        JournalError: it has none, or one that is damaged or can't be.
    """
    if len(image) >= HEADER_SIZE + FOOTER_SIZE:
        _, _, blocks, states, _, data_end = _FOOTER_HEAD.unpack_from(bytes(image[-FOOTER_SIZE:]))
        data_bytes = max(0, data_end - HEADER_SIZE)
        if blocks > -(-data_bytes // BLOCK_SIZE) or states * EVENT_HEADER_SIZE > data_bytes:
            raise JournalError(f"{where} is sealed, and its footer names more than {data_bytes} bytes of data have")
    return Footer.unpack(image, where)
