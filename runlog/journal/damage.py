"""What a reader found broken, and left out."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Fault(Enum):
    """What can be wrong with a place in a journal."""

    HOLE = "holes"
    POINT = "damaged points"
    EVENT = "damaged events"
    SEGMENT = "damaged segments"
    UNDEFINED = "points without a name"
    RECORD = "unreadable records"


class Finding(NamedTuple):
    """One thing that was found broken."""

    where: str
    fault: Fault
    records: int
    what: str


class Damage:
    """Counts of what a reader had to leave out. Grows as one reads; what is read twice is counted once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Fault], Finding] = {}

    def note(self, where: str, fault: Fault, count: int, what: str, *, at_least: bool = False) -> None:
        """Enter one finding; a later one of the same kind at the same place takes its stead.

        Args:
            where: the segment, and the byte offset in it where there is one.
            fault: what is wrong.
            count: how many records it concerns, as far as can be known; 0 takes an earlier finding back.
            what: a sentence for a person.
            at_least: not all of the place was looked at: an earlier finding stands unless this one is larger.
        """
        earlier = self._found.get((where, fault))
        if at_least and earlier is not None and earlier.records >= count:
            return
        if count:
            self._found[where, fault] = Finding(where, fault, count, what)
        else:
            self._found.pop((where, fault), None)

    def _count(self, fault: Fault) -> int:
        return sum(finding.records for finding in self._found.values() if finding.fault is fault)

    @property
    def holes(self) -> int:
        """Places that were reserved for a record, and hold none."""
        return self._count(Fault.HOLE)

    @property
    def damaged_points(self) -> int:
        """Slots whose checks fail. In a sealed segment every slot of a block whose checksum fails."""
        return self._count(Fault.POINT)

    @property
    def damaged_events(self) -> int:
        """Stretches of an events stream that hold no valid frame; each was one event or more."""
        return self._count(Fault.EVENT)

    @property
    def damaged_segments(self) -> int:
        """Files that can't be read at all: a damaged header, a sealed file without a valid footer, a lost file."""
        return self._count(Fault.SEGMENT)

    @property
    def undefined_points(self) -> int:
        """Points whose name is not known: its definition is damaged, or they strayed in from another writer."""
        return self._count(Fault.UNDEFINED)

    @property
    def unreadable_records(self) -> int:
        """Log records whose bytes are as they were written, and that can't be read all the same."""
        return self._count(Fault.RECORD)

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._found.values(), key=lambda finding: (finding.where, finding.fault.value)))

    def __str__(self) -> str:
        totals = {fault: self._count(fault) for fault in Fault}
        return ", ".join(f"{count} {fault.value}" for fault, count in totals.items() if count) or "none"

    def __repr__(self) -> str:
        return f"<Damage: {self}>"
