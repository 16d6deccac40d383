"""Events of a segment: frame after frame by length, and a search for the next valid frame where one is damaged."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from runlog.journal.damage import Damage, Fault
from runlog.journal.events import Seeds
from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    EVENT_MAX_PAYLOAD,
    HEADER_SIZE,
    UNPLACED,
    EventFlag,
)

_SOMETHING = re.compile(rb"[^\0]")
Found = Callable[[int], None]


class Frame(NamedTuple):
    """One valid frame."""

    kind: int
    flags: int
    payload: bytes
    position: int


class EventScanner:
    """Scans the events of one writer."""

    def __init__(self, writer: str, damage: Damage) -> None:
        self._writer = writer
        self._damage = damage
        self._seeds = Seeds()

    def scan(
        self,
        image: Any,
        where: str,
        *,
        end: int,
        start: int = HEADER_SIZE,
        placed: bool = True,
        live: bool = False,
        sealed: bool = False,
        kinds: Collection[int] | None = None,
        state: bool = False,
        contains: bytes | None = None,
        reached: Found | None = None,
    ) -> Iterator[Frame]:
        """Valid frames in order of place.

        Frames that are not asked for are passed over by their length: their position shows that a frame stands there,
        and their payload is not read. A damaged one among them is not noticed then, but neither is it returned.

        Args:
            image: bytes of the segment from its header on.
            where: its name, for the damage report.
            end: of its data.
            start: where to begin, the offset of a frame.
            placed: frames carry their position; those of the overflow stream do not.
            live: the writer may still write: an invalid frame ends the scan, and is no damage.
            sealed: the segment is whole: nothing in it may be unfinished.
            kinds: only frames of these kinds.
            state: only frames with the state flag.
            contains: only frames whose payload contains these bytes.
            reached: told the offset behind the last frame that was passed.
        """
        unpack, offset, gaps = EVENT_HEADER.unpack_from, start, 0
        hit = -1 if contains is None else _find(image, contains, start, end)
        while offset + EVENT_HEADER_SIZE <= end:
            length, crc, kind, flags, position = unpack(image, offset)
            after = offset + EVENT_HEADER_SIZE + (length + 7 & -8)
            if position == (offset if placed else UNPLACED) and kind and length <= EVENT_MAX_PAYLOAD and after <= end:
                if contains is not None and 0 <= hit < offset:
                    hit = _find(image, contains, offset, end)
                skipped = contains is not None and not offset <= hit < after
                if skipped or (kinds is not None and kind not in kinds) or (state and not flags & EventFlag.STATE):
                    offset = after
                    continue
                payload = bytes(image[offset + EVENT_HEADER_SIZE : offset + EVENT_HEADER_SIZE + length])
                if zlib.crc32(payload, self._seeds.of(self._writer, kind, flags)) == crc:
                    offset = after
                    yield Frame(kind, flags, payload, position)
                    continue
            following = None if live else self._next_valid(image, offset + 8, end, placed)
            if following is None:
                break
            offset, gaps = following, gaps + 1
        if not live:
            gaps += self._is_damage(image, offset, end, may_end_early=placed and not sealed)
            self._damage.note(where, Fault.EVENT, gaps, "stretches that hold no valid event")
        if reached is not None:
            reached(offset)

    @staticmethod
    def _is_damage(image: Any, offset: int, end: int, *, may_end_early: bool) -> bool:
        """Whether what follows the last valid frame was one, not one whose writer was killed before its position."""
        if _SOMETHING.search(image, offset, end) is None:
            return False
        if not may_end_early or offset + EVENT_HEADER_SIZE > end:
            return True
        return bool(EVENT_HEADER.unpack_from(image, offset)[4])

    def at(self, image: Any, offsets: Collection[int], where: str) -> Iterator[Frame]:
        """The frames at these offsets."""
        damaged = 0
        for offset in offsets:
            frame = self._valid(image, offset, len(image), placed=True)
            if frame is None:
                damaged += 1
            else:
                yield frame
        self._damage.note(f"{where} index", Fault.EVENT, damaged, "state events that are damaged")

    def _valid(self, image: Any, offset: int, end: int, *, placed: bool) -> Frame | None:
        if offset + EVENT_HEADER_SIZE > end:
            return None
        length, crc, kind, flags, position = EVENT_HEADER.unpack_from(image, offset)
        last = offset + EVENT_HEADER_SIZE + length
        if position != (offset if placed else UNPLACED) or not kind or length > EVENT_MAX_PAYLOAD or last > end:
            return None
        payload = bytes(image[offset + EVENT_HEADER_SIZE : last])
        if zlib.crc32(payload, self._seeds.of(self._writer, kind, flags)) != crc:
            return None
        return Frame(kind, flags, payload, position)

    def _next_valid(self, image: Any, offset: int, end: int, placed: bool) -> int | None:
        """The offset of the next valid frame; zeros are passed over at once."""
        while offset + EVENT_HEADER_SIZE <= end:
            something = _SOMETHING.search(image, offset, end)
            if something is None:
                return None
            offset = max(offset, (something.start() & -8) - 8)
            if self._valid(image, offset, end, placed=placed) is not None:
                return offset
            offset += 8
        return None


def _find(image: Any, wanted: bytes, start: int, end: int) -> int:
    return int(image.find(wanted, start, end))
