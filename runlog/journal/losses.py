"""The count of what a writer could not keep, and its record on disk."""

from __future__ import annotations

from runlog.journal.format import LOSS_SLOTS_AT, Lost, pack_loss
from runlog.journal.segment import Segment


class Losses:
    """Counts, kept in two slots of a segment's header: place that was taken when the disk still had room."""

    def __init__(self) -> None:
        self._points = self._events = 0
        self._written = Lost(0, 0)
        self._sequence = 0
        self._segment: Segment | None = None

    def add(self, points: int = 0, events: int = 0) -> None:
        """Count records that are gone."""
        self._points += points
        self._events += events

    @property
    def lost(self) -> Lost:
        """What was counted so far."""
        return Lost(self._points, self._events)

    @property
    def is_recorded(self) -> bool:
        """Whether the disk knows of any loss."""
        return self._written != Lost(0, 0)

    def are_in(self, segment: Segment) -> bool:
        """Whether this segment is the one that tells of them."""
        return segment is self._segment

    def record(self, segment: Segment) -> None:
        """Write the counts into ``segment``, if they changed or stand in another one only.

        Raises:
            OSError: the header can't be written.
        """
        lost = self.lost
        if lost == self._written and (segment is self._segment or not self.is_recorded):
            return
        self._sequence += 1
        segment.write_header(pack_loss(self._sequence, lost), LOSS_SLOTS_AT[self._sequence % 2])
        self._written, self._segment = lost, segment
