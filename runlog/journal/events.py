"""The events stream in the caller's thread.

As in :mod:`runlog.journal.points`: calls and checks come first, then a place is taken, and nothing that calls comes
before the frame is stored: its payload, then its header, of which the position is stored last and makes it visible.
What pads a frame is there already: a segment is zero where nothing was written.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from runlog.journal.cells import Cells
from runlog.journal.format import EVENT_HEADER, EVENT_HEADER_SIZE, KEYED_EVENT_HEADER, EventFlag, event_seed, event_size
from runlog.journal.points import UNPLACEABLE, is_foreign
from runlog.journal.stream import SegmentChain

Append = Callable[[bytes], bool]
FAST_LIMIT = 4096
"""A longer payload takes the slow path, so that what threads overshoot the limit by stays within the slack."""
PADDING = tuple(bytes(-length % 8) for length in range(8))


class Seeds:
    """What the CRCs of a writer's frames start from."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def of(self, writer: str, kind: int, flags: int) -> int:
        """The seed for a kind and flags, kept for the next frame."""
        key = kind | flags << 16
        if key not in self.known:
            self.known[key] = event_seed(writer, kind, flags)
        return self.known[key]


def build_frame(seed: int, kind: int, flags: int, payload: bytes, position: int) -> bytes:
    """A whole frame, padded."""
    crc = crc32(payload, seed)
    return EVENT_HEADER.pack(len(payload), crc, kind, flags, position) + payload + PADDING[len(payload) & 7]


def make_append(cells: Cells, seeds: Seeds, kind: int, flags: int, slow: Callable[[int, bytes, int], bool]) -> Append:
    """The closure that writes events of one kind.

    Args:
        cells: the stream's variables.
        seeds: the writer's seeds; a kind without one takes the slow path, which makes it.
        kind: of the events.
        flags: of the events.
        slow: called with (kind, payload, flags) where there is no room or the payload is long.
    """
    crc, known, key = crc32, seeds.known, kind | flags << 16
    store_header = KEYED_EVENT_HEADER.pack_into

    def append(payload: bytes) -> bool:
        length = len(payload)
        if cells.offset > cells.highest or length > 4096:
            return slow(kind, payload, flags)
        try:
            checksum = crc(payload, known[key])
            size = length + 23 & -8
            cells.offset = (place := cells.offset) + size
            view = cells.view
            view[place + 16 : place + 16 + length] = payload
            store_header(view, place, length, checksum, key, place)
        except (*UNPLACEABLE, KeyError) as error:
            if is_foreign(error):
                raise
            return slow(kind, payload, flags)
        return True

    return append


class Events:
    """The events stream behind the closures: longer payloads, state, the end of a segment. Runs in the gate."""

    def __init__(self, chain: SegmentChain, seeds: Seeds) -> None:
        self._chain = chain
        self._seeds = seeds

    def write(self, writer: str, kind: int, payload: bytes, flags: int) -> None:
        """Write an event.

        Raises:
            OSError: no space.
        """
        seed = self._seeds.of(writer, kind, flags)

        def build(place: int) -> bytes:
            if flags & EventFlag.STATE and self._chain.current is not None:
                self._chain.current.state_offsets.append(place)  # sealing leaves out places that were not taken
            return build_frame(seed, kind, flags, payload, place)

        self._chain.put(event_size(len(payload)), build)


assert FAST_LIMIT == 4096, "written out in the closure, where a name would cost a look-up"
assert EVENT_HEADER_SIZE == 16, "likewise"
