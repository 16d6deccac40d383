"""The exact check: which records of a block are asked for, read from the journal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from runlog.journal.format import EventFlag, Stream
from runlog.journal.reader import Event
from runlog.journal.scan import Frame
from runlog.journal.stretch import Stretch, read_stretch
from runlog.reading.crash_records import crash_event
from runlog.records import EventKind
from runlog.store.folder_journal import FolderJournal
from runlog.store.search.asked import Asked
from runlog.store.search.blocks import ASCII, VALUES, band_of
from runlog.store.search.journal_intake import CRASHES
from runlog.store.search.record_text import SearchedRecord
from runlog.store.search.rows import BlockRow

_BLOB = EventFlag.BLOB
_LOG = int(EventKind.LOG)
_FEW = 8
"""Records that are left to check: to look for further words in their bytes costs more than the check."""

Checked = tuple[SearchedRecord, Event]


def check_block(asked: Asked, journal: FolderJournal, row: BlockRow) -> Iterator[Checked]:
    """The records of a block that are asked for, each with its event.

    Args:
        asked: what is asked for.
        journal: of the block's run.
        row: the block.
    """
    if row.stream == CRASHES:
        events = [crash_event(one) for one in journal.crashes() if one.writer == row.writer]
        yield from _taken(asked, row.band, ((event.payload, event) for event in events))
        return
    stretch = read_stretch(journal.reader, row.writer, Stream(row.stream), row.segment, row.begin, row.end)
    if stretch is None:  # removed meanwhile
        return
    places = [one for one in stretch.places() if one[2] == _LOG]
    needles = asked.needles(with_values=bool(row.flags & VALUES)) if row.flags & ASCII else []
    for at in _places_with(stretch, places, needles) if needles else [one[0] for one in places]:
        frame = stretch.frame(at)
        if frame is not None:
            checked = check_frame(asked, journal, row.writer, Stream(row.stream), frame)
            if checked is not None and band_of(checked[0].origin.levelno) == row.band:
                yield checked


def _taken(asked: Asked, band: int, events: Iterator[tuple[bytes, Event]]) -> Iterator[Checked]:
    for payload, event in events:
        record = asked.takes(payload)
        if record is not None and band_of(record.origin.levelno) == band:
            yield record, event


def check_frame(asked: Asked, journal: FolderJournal, writer: str, stream: Stream, frame: Frame) -> Checked | None:
    """A frame's record and event; None where it is not asked for."""
    event: Event | None = Event(frame.kind, frame.flags, frame.payload, writer, frame.position, stream)
    if frame.flags & _BLOB:
        assert event is not None
        event = journal.resolve(event)
    record = None if event is None else asked.takes(event.payload)
    return None if event is None or record is None else (record, event)


def _places_with(stretch: Stretch, places: list[tuple[int, int, int, int]], needles: list[bytes]) -> list[int]:
    """Frames whose bytes have all of the needles, in any case; and those whose payload is elsewhere."""
    data = stretch.data.lower()
    starts = [at for at, _, _, _ in places]
    found = set(range(len(places)))
    for needle in needles:
        if len(found) <= _FEW:
            break
        hits, at = set(), data.find(needle)
        while at >= 0:
            number = bisect_right(starts, at) - 1
            hits.add(number)
            if number + 1 == len(starts):
                break
            at = data.find(needle, starts[number + 1])
        found &= hits
    elsewhere = {number for number, one in enumerate(places) if one[3] & _BLOB}
    return [starts[number] for number in sorted((found & set(range(len(places)))) | elsewhere)]
