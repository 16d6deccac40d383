"""Where the events of a segment stand, told by their headers alone, so that the newest ones are read first."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    EVENT_MAX_PAYLOAD,
    HEADER_SIZE,
    UNPLACED,
    Stream,
)
from runlog.journal.image import Image
from runlog.journal.patience import written_end
from runlog.journal.scan import Wanted


def places_of(image: Image, wanted: Wanted) -> Sequence[int] | None:
    """The offsets of a segment's frames of the wanted kinds, in order.

    None where anything but zeros stands between or behind them: then only a pass over all of them tells which count.
    """
    unpack, passes_over = EVENT_HEADER.unpack_from, wanted.passes_over
    data, end, offset = image.data, image.end, HEADER_SIZE
    placed = image.header.stream is not Stream.OVERFLOW
    found = array("Q")
    while offset + EVENT_HEADER_SIZE <= end:
        length, _, kind, flags, position = unpack(data, offset)
        after = offset + EVENT_HEADER_SIZE + (length + 7 & -8)
        if position != (offset if placed else UNPLACED) or not kind or length > EVENT_MAX_PAYLOAD or after > end:
            break
        if not passes_over(kind, flags):
            found.append(offset)
        offset = after
    return found if offset + written_end(data[offset:end]) == offset else None
