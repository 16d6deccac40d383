"""A live run read as it grows, from another process."""

from __future__ import annotations

from pathlib import Path

from runlog.journal.format import HEADER_SIZE, Stream
from runlog.journal.reader import Event, Image, RunJournal
from runlog.journal.scan import EventScanner


class EventFollower:
    """Reads each event of a run once, however its segments are sealed or packed meanwhile."""

    def __init__(self, folder: Path) -> None:
        """Begin before the first event.

        Args:
            folder: of the run.
        """
        self.journal = RunJournal(folder)
        self._places: dict[tuple[str, Stream], tuple[int, int]] = {}

    def poll(self) -> list[Event]:
        """The events that came since the last call, writer after writer. Empty where nothing is new."""
        self.journal.refresh()
        found: list[Event] = []
        for files in self.journal.writers:
            for stream in (Stream.EVENTS, Stream.OVERFLOW):
                if any(one is stream for one, _ in files.segments):
                    self._read_stream(files.writer_id, stream, found)
        return found

    def _read_stream(self, writer: str, stream: Stream, found: list[Event]) -> None:
        number, start = self._places.get((writer, stream), (0, HEADER_SIZE))
        while (image := self.journal.image(writer, stream, number, start)) is not None:
            start = self._read_image(image, writer, start, found, placed=stream is Stream.EVENTS)
            self._places[writer, stream] = number, start
            if image.footer is None:
                return
            number, start = number + 1, HEADER_SIZE
            self._places[writer, stream] = number, start

    def _read_image(self, image: Image, writer: str, start: int, found: list[Event], *, placed: bool) -> int:
        reached = [start]
        frames = EventScanner(writer, self.journal.damage).scan(
            image.data,
            image.label,
            end=image.end,
            start=start,
            placed=placed,
            live=image.live,
            sealed=image.footer is not None,
            reached=reached.append,
        )
        base = image.header.base
        found += [Event(one.kind, one.flags, one.payload, writer, base + one.position) for one in frames]
        return reached[-1]
