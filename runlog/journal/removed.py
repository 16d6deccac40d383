"""How many records stood in a segment whose file somebody removed while it was written."""

from __future__ import annotations

from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    HEADER_SIZE,
    POINT_MARK_AT,
    POINT_SIZE,
    VALUE_KINDS,
    Lost,
    Stream,
    event_size,
)


def records_in(data: bytes, stream: Stream) -> Lost:
    """The records in the bytes of a segment, header included."""
    if stream is Stream.POINTS:
        kinds = data[HEADER_SIZE + POINT_MARK_AT :: POINT_SIZE]
        return Lost(sum(kinds.count(kind) for kind in VALUE_KINDS), 0)
    return Lost(0, _frames(data))


def _frames(data: bytes) -> int:
    count, at = 0, HEADER_SIZE
    while at + EVENT_HEADER_SIZE <= len(data):
        length, _, _, _, position = EVENT_HEADER.unpack_from(data, at)
        if position == at:
            count += 1
            at += event_size(length)
        else:  # a hole
            at += 8
    return count
