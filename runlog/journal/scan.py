"""Events of a segment: frame after frame by length, and a search for the next valid frame where one is damaged."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
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
    Stream,
)
from runlog.journal.image import Image
from runlog.journal.patience import Patience, written_end

_SOMETHING = re.compile(rb"[^\0]")
_POSITIONS = struct.Struct("<4xI")
"""The position that each 8 bytes would have, were they the second half of a frame's header."""
CHECKED_MOST = 4
"""Times the bytes of a pass that may go into checksums that fail: where each 8 bytes claim to be a frame of 1 MiB, to
check them all would take hours."""
CHECKED_LEAST = 8 << 20
"""Bytes that may go into them in any case: in a short segment a few large events may be damaged."""
CHECK_COST = 256
"""Bytes that a checksum counts for beside its own: the call itself takes as long."""
_LOOK = 1 << 16


class Frame(NamedTuple):
    """One valid frame."""

    kind: int
    flags: int
    payload: bytes
    position: int
    """Where it stands in its file."""


@dataclass(frozen=True)
class Wanted:
    """Which frames are asked for."""

    kinds: Collection[int] | None = None
    """Only of these kinds."""
    state: bool = False
    """Only with the state flag."""
    contains: bytes | None = None
    """Only with a payload that contains these bytes."""

    def passes_over(self, kind: int, flags: int) -> bool:
        """Whether a frame is not wanted, whatever its payload is."""
        return (self.kinds is not None and kind not in self.kinds) or (self.state and not flags & EventFlag.STATE)


EVERYTHING = Wanted()


class EventScan:
    """One pass over a segment's events, in order of place.

    Frames that are not asked for are passed over by their length: their position shows that a frame stands there,
    and their payload is not read. A damaged one among them is not noticed then, but neither is it returned.
    """

    def __init__(
        self,
        image: Image,
        damage: Damage,
        *,
        wanted: Wanted = EVERYTHING,
        start: int = HEADER_SIZE,
        patience: Patience | None = None,
    ) -> None:
        """Prepare a pass.

        Args:
            image: the segment. Where its writer may still write, an invalid frame at the end is one that is not there
                yet, and no damage.
            damage: what is found broken is noted there.
            wanted: which frames to return.
            start: where to begin, the offset of a frame.
            patience: decides how long a live writer is waited for where valid frames stand behind an invalid one;
                without it, not at all.
        """
        self.reached = start
        """The offset behind the last frame that was passed."""
        self.must_wait = False
        """The pass ended before valid frames, since one before them may still come: another shall begin there."""
        self.is_unfinished = False
        """What follows the last valid frame is one that its killed writer did not finish."""
        self._image = image
        self._damage = damage
        self._wanted = wanted
        self._start = start
        self._patience = patience
        self._seeds = Seeds()
        self._unchecked = max(CHECKED_LEAST, CHECKED_MOST * (image.end - start))
        """Bytes that may still go into checksums that fail."""
        self._placed = image.header.stream is not Stream.OVERFLOW

    def __iter__(self) -> Iterator[Frame]:
        """The valid frames."""
        data, end, offset, gaps = self._image.data, self._image.end, self.reached, 0
        unpack, placed, contains = EVENT_HEADER.unpack_from, self._placed, self._wanted.contains
        filtered = self._wanted.kinds is not None or self._wanted.state
        hit = -1 if contains is None else data.find(contains, offset, end)
        while offset + EVENT_HEADER_SIZE <= end:
            length, _, kind, flags, position = unpack(data, offset)
            after = offset + EVENT_HEADER_SIZE + (length + 7 & -8)
            if position == (offset if placed else UNPLACED) and kind and length <= EVENT_MAX_PAYLOAD and after <= end:
                if contains is not None and 0 <= hit < offset:
                    hit = data.find(contains, offset, end)
                skipped = contains is not None and not offset <= hit < after
                if skipped or (filtered and self._wanted.passes_over(kind, flags)):
                    self.reached = offset = after
                    continue
                frame = self._valid(offset)
                if frame is not None:
                    self.reached = offset = after
                    if self.is_hit(frame):
                        yield frame
                    continue
            following = self._next_valid(offset + 8)
            if self._is_spent:
                self._give_up(offset)
                self._note(gaps)
                return
            if following is None:
                break
            if self._may_still_come(offset):
                self.must_wait = True
                break
            self.reached, offset, gaps = following, following, gaps + 1
        self._note(gaps + self._is_damaged_at(offset))

    def is_hit(self, frame: Frame) -> bool:
        """Whether a frame contains what is looked for."""
        return self._wanted.contains is None or self._wanted.contains in frame.payload

    def _may_still_come(self, offset: int) -> bool:
        """Whether a frame that stands before others may not be written yet. Frames that are appended come in order."""
        if self._patience is None or not self._image.live or not self._placed:
            return False
        return not self._patience.is_over(self._image.label, offset, written_end(self._image.data))

    @property
    def _is_spent(self) -> bool:
        return self._unchecked < 0

    def _give_up(self, offset: int) -> None:
        """Count all that follows as one damaged stretch, which nobody looks at again."""
        self.reached = max(offset, self._image.end & -8)
        where = f"{self._image.label} from byte {offset} on"
        told = "given up: so much of it looks like events and is none that reading it would take hours"
        self._damage.note(where, Fault.EVENT, 1, told)

    def _is_damaged_at(self, offset: int) -> bool:
        """Whether what follows the last valid frame was one, not one that its writer did not finish."""
        data, end, live = self._image.data, self._image.end, self._image.live
        if live or _SOMETHING.search(data, offset, end) is None:
            return False
        self.is_unfinished = self._image.footer is None and self._was_cut_short(data, offset, end)
        return not self.is_unfinished

    def _was_cut_short(self, data: Any, offset: int, end: int) -> bool:
        if not self._placed:  # appended by one write: what is there is a beginning
            return offset + EVENT_HEADER_SIZE > end or _end_of_frame(data, offset) > end
        return offset + EVENT_HEADER_SIZE <= end and not EVENT_HEADER.unpack_from(data, offset)[4]

    def _note(self, gaps: int) -> None:
        if self.must_wait:
            return
        label = self._image.label
        where = label if self._start == HEADER_SIZE else f"{label} from byte {self._start}"
        self._damage.note(
            where, Fault.EVENT, gaps, "stretches that hold no valid event", at_least=self._wanted != EVERYTHING
        )

    def at(self, offsets: Collection[int]) -> Iterator[Frame]:
        """The frames that are asked for among those at these offsets, instead of a pass over all.

        Offsets rise from frame to frame. One that is not behind the frame before it is none that a writer noted.
        """
        damaged, reached = 0, HEADER_SIZE
        for offset in offsets:
            frame = None if offset < reached or self._is_spent else self._valid(offset)
            if frame is None:
                damaged += 1
                continue
            reached = _end_of_frame(self._image.data, offset)
            if not self._wanted.passes_over(frame.kind, frame.flags) and self.is_hit(frame):
                yield frame
        self._damage.note(f"{self._image.label} index", Fault.EVENT, damaged, "state events that are damaged")

    def frame_at(self, offset: int) -> Frame | None:
        """The valid frame at an offset; None where there is none."""
        return self._valid(offset)

    def _valid(self, offset: int) -> Frame | None:
        data, end = self._image.data, self._image.end
        if offset + EVENT_HEADER_SIZE > end:
            return None
        length, crc, kind, flags, position = EVENT_HEADER.unpack_from(data, offset)
        last = offset + EVENT_HEADER_SIZE + length
        if position != (offset if self._placed else UNPLACED) or not kind or length > EVENT_MAX_PAYLOAD or last > end:
            return None
        payload = bytes(data[offset + EVENT_HEADER_SIZE : last])
        if zlib.crc32(payload, self._seeds.of(self._image.header.writer, kind, flags)) != crc:
            self._unchecked -= length + CHECK_COST
            return None
        return Frame(kind, flags, payload, offset)

    def _next_valid(self, offset: int) -> int | None:
        """The offset of the next valid frame; None where there is none, or too much was checked to find it."""
        for place in self._candidates(offset):
            if self._valid(place) is not None:
                return place
            if self._is_spent:
                return None
        return None

    def _candidates(self, offset: int) -> Iterator[int]:
        """Where a frame may stand, by the position in its header; zeros are passed over at once."""
        data, last = memoryview(self._image.data), self._image.end - EVENT_HEADER_SIZE
        unplaced = None if self._placed else UNPLACED
        look = EVENT_HEADER_SIZE
        while offset <= last:
            something = _SOMETHING.search(data, offset, self._image.end)
            if something is None:
                return
            offset = max(offset, (something.start() & -8) - 8)
            look = min(4 * look, _LOOK)
            count = (min(offset + look, last) - offset) // 8 + 1
            positions = _POSITIONS.iter_unpack(data[offset + 8 : offset + 8 + 8 * count])
            for place, (position,) in enumerate(positions):
                at = offset + 8 * place
                if position == (at if unplaced is None else unplaced):
                    yield at
            offset = at + 8


def _end_of_frame(data: Any, offset: int) -> int:
    return offset + EVENT_HEADER_SIZE + (int(EVENT_HEADER.unpack_from(data, offset)[0]) + 7 & -8)
