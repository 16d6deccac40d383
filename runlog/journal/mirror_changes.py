"""Whether bytes that are sent over others would change a record of a copy: others have read it since it came."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator

from runlog.errors import JournalError
from runlog.journal.bounds import footer_of
from runlog.journal.damage import Damage
from runlog.journal.format import (
    EVENT_HEADER_SIZE,
    EVENT_MAX_PAYLOAD,
    HEADER_SIZE,
    POINT_INT,
    POINT_SIZE,
    Footer,
    Header,
    Stream,
    check,
    event_size,
)
from runlog.journal.image import Image, placed
from runlog.journal.open_file import read_at
from runlog.journal.scan import EventScan

_AROUND = event_size(EVENT_MAX_PAYLOAD) + EVENT_HEADER_SIZE
"""Bytes before and behind a change in which every event stands that it may touch."""


def changed_record(fd: int, length: int, header: Header, offset: int, data: bytes | memoryview) -> int | None:
    """Where the first whole record stands that some bytes would change; None where they change none.

    What holds no record may be filled in: a place that was reserved, and that its writer came to write after all.
    A record may change where the footer of the segment is here, and proves that it is not the one that was sealed.

    Args:
        fd: of the copy.
        length: of the copy, in bytes.
        header: of the segment.
        offset: where the bytes are to go.
        data: the bytes.
    """
    begin, end = max(offset, HEADER_SIZE), min(offset + len(data), length)
    new = bytes(data[begin - offset : end - offset]) if begin < end else b""
    if not new or read_at(fd, end - begin, begin) == new:
        return None
    find = _changed_points if header.stream is Stream.POINTS else _changed_events
    changed = find(fd, length, header, begin, new)
    found = next(changed, None)
    if found is None:
        return None
    footer = _footer(fd, length)
    while found is not None and footer is not None and _is_proven_wrong(fd, footer, *found):
        found = next(changed, None)
    return None if found is None else found[0]


def _changed_points(fd: int, length: int, header: Header, begin: int, new: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of each full slot that would not be what it is."""
    low = HEADER_SIZE + (begin - HEADER_SIZE) // POINT_SIZE * POINT_SIZE
    high = min(length, HEADER_SIZE - (HEADER_SIZE - begin - len(new)) // POINT_SIZE * POINT_SIZE)
    old = read_at(fd, high - low, low)
    later = old[: begin - low] + new + old[begin - low + len(new) :]
    for at in range(0, len(old) - POINT_SIZE + 1, POINT_SIZE):
        slot = old[at : at + POINT_SIZE]
        if slot != later[at : at + POINT_SIZE]:
            _, time, _, series, kind_flags, found = POINT_INT.unpack(slot)
            if kind_flags & 0xFF and check(time, series, low + at) == found:
                yield low + at, low + at + POINT_SIZE


def _changed_events(fd: int, length: int, header: Header, begin: int, new: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of each valid frame that would not be what it is."""
    low = max(HEADER_SIZE, begin - _AROUND & -8)
    high = min(length, begin + len(new) + _AROUND)
    old = read_at(fd, high - low, low)
    later = old[: begin - low] + new + old[begin - low + len(new) :]
    image = Image(placed(header.pack(), low, bytearray(old)), header, None, live=True, label="")
    for frame in EventScan(image, Damage(), start=low):
        at = frame.position - low
        size = event_size(len(frame.payload))
        if old[at : at + size] != later[at : at + size]:
            yield frame.position, frame.position + size


def _footer(fd: int, length: int) -> Footer | None:
    with mmap.mmap(fd, length, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
        try:
            return footer_of(view, "")
        except JournalError:
            return None


def _is_proven_wrong(fd: int, footer: Footer, begin: int, end: int) -> bool:
    """Whether a block that a record stands in fails the checksum that it was sealed with."""
    touched = [one for one in footer.blocks() if one[0] < end and one[1] > begin]
    return any(zlib.crc32(read_at(fd, high - low, low)) != crc for low, high, crc in touched)
