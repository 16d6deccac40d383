"""The names of a writer's series, and their definitions in the points stream."""

from __future__ import annotations

import os

from runlog.journal import clock
from runlog.journal.format import POINT_MARK_AT, SERIES_LIMIT, definition_size, pack_definition
from runlog.journal.segment import Segment, split_mark


class Definitions:
    """Series ids by name. Every segment repeats all definitions, so that it is readable alone."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        """Every spelling under which a name was logged. The closures in the caller's thread look here."""
        self.series: dict[str, int] = {}
        """Every name, in the spelling that is kept. Whoever logs under another is the caller's business to notice."""
        self._defined: list[tuple[bytes, int]] = []
        self._next = 0
        self._bytes = 0
        self.restart()

    def restart(self) -> None:
        """Begin anew, with other ids: a record that strays into another writer's file has no definition there."""
        self.ids.clear()
        self.series.clear()
        self._defined.clear()
        self._bytes = 0
        self._next = int.from_bytes(os.urandom(4), "big") % (SERIES_LIMIT // 2)

    def new_series(self) -> int:
        """An id that no name of this writer ever had."""
        self._next += 1
        return self._next - 1

    def add(self, name: str, spelled: bytes, series: int, segment: Segment) -> int:
        """Note that a name was defined in ``segment``."""
        self._bytes += definition_size(spelled)
        self._defined.append((spelled, series))
        segment.defined = len(self._defined)
        return self.series.setdefault(name, series)

    @property
    def size(self) -> int:
        """Bytes that all definitions take."""
        return self._bytes

    def fill(self, segment: Segment) -> None:
        """Write the definitions that ``segment`` lacks, at its start. Nobody else writes to it yet.

        Raises:
            OSError: no space.
        """
        now, offset = clock.now(), segment.start
        if segment.view is not None:
            segment.zero_to(offset + self._bytes)
        for spelled, series in self._defined[segment.defined :]:
            slots = pack_definition(segment.header.writer, spelled, series, now, offset)
            if segment.view is None:
                segment.write_record(slots, offset, POINT_MARK_AT)
            else:  # as in a caller's thread: a kill may come in the middle of a store that crosses pages
                body, mark = split_mark(slots, POINT_MARK_AT)
                segment.view[offset : offset + len(slots)] = body
                segment.view[offset + POINT_MARK_AT : offset + POINT_MARK_AT + 4] = mark
            offset += len(slots)
        segment.start, segment.defined = offset, len(self._defined)


class NoPreamble:
    """Of a stream whose segments begin with its records."""

    size = 0

    def fill(self, segment: Segment) -> None:
        """Write nothing."""
