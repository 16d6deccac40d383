"""A live run read as it grows, from another process."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from runlog.journal.format import HEADER_SIZE, Stream
from runlog.journal.image import Image, SegmentFile
from runlog.journal.reader import Event, RunJournal, WriterFiles, event_of
from runlog.journal.scan import EVERYTHING, EventScan, Wanted


class EventFollower:
    """Reads each event of a run once, however its segments are sealed or packed meanwhile."""

    def __init__(self, folder: Path, kinds: Collection[int] | None = None) -> None:
        """Begin before the first event.

        Args:
            folder: of the run.
            kinds: only events of these kinds.
        """
        self._wanted = EVERYTHING if kinds is None else Wanted(kinds=frozenset(kinds))
        self.journal = RunJournal(folder)
        self._places: dict[tuple[str, Stream], tuple[int, int]] = {}
        """Segment and offset in it where each stream is read on."""

    def poll(self) -> list[Event]:
        """The events that came since the last call, writer after writer. Empty where nothing is new."""
        self.journal.refresh()
        found: list[Event] = []
        for files in self.journal.writers:
            for stream in (Stream.EVENTS, Stream.OVERFLOW):
                self._read_stream(files, stream, found)
        return found

    def _read_stream(self, files: WriterFiles, stream: Stream, found: list[Event]) -> None:
        later = {number: segment for (one, number), segment in files.segments.items() if one is stream}
        while True:
            place = number, start = self._places.get((files.writer_id, stream), (0, HEADER_SIZE))
            later = {one: segment for one, segment in later.items() if one > number}
            # Looked at before this segment is read: a writer that went on has written all that it will ever hold.
            is_over = any(map(_has_records, later.values()))
            image = self.journal.image(files.writer_id, stream, number, start)
            must_wait = False
            if image is not None:
                start, must_wait = self._read_image(image, start, found)
                place = number, start
                is_over = is_over or image.footer is not None
            self._places[files.writer_id, stream] = place
            if must_wait or not is_over:
                return
            self._places[files.writer_id, stream] = number + 1, HEADER_SIZE

    def _read_image(self, image: Image, start: int, found: list[Event]) -> tuple[int, bool]:
        scan = EventScan(image, self.journal.damage, wanted=self._wanted, start=start, patience=self.journal.patience)
        found += [event_of(frame, image.header) for frame in scan]
        return scan.reached, scan.must_wait


def _has_records(segment: SegmentFile) -> bool:
    """Whether anything stands behind a segment's header; one that was made ahead has a header only."""
    if segment.sealed:
        return True
    try:
        with segment.path.open("rb") as file:
            file.seek(HEADER_SIZE)
            return bool(file.read(HEADER_SIZE).strip(b"\0"))
    except OSError:  # sealed meanwhile: the next call sees it
        return False
