"""A live run read as it grows, from another process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from pathlib import Path

from runlog.journal.follow_places import EventPlace
from runlog.journal.format import HEADER_SIZE, Header, Stream
from runlog.journal.image import newest_gone_on
from runlog.journal.reader import Event, RunJournal, WriterFiles, event_of
from runlog.journal.scan import EVERYTHING, EventScan, Frame, Wanted


class StreamFollower:
    """Reads each frame of one stream once, however its segments are sealed or packed meanwhile."""

    def __init__(
        self, journal: RunJournal, stream: Stream, wanted: Wanted, place: tuple[int, int] = (0, HEADER_SIZE)
    ) -> None:
        """Begin at a place.

        Args:
            journal: of the run; who lists its folder again is the caller.
            stream: which one.
            wanted: which frames.
            place: segment, and offset in it, of the first frame to read.
        """
        self.place = place
        """Segment, and offset in it, behind the last frame that was read."""
        self._journal = journal
        self._stream = stream
        self._wanted = wanted

    def frames(self, files: WriterFiles) -> Iterator[tuple[Header, Frame]]:
        """The frames that came since the last call, each with the header of its segment.

        Args:
            files: of the stream's writer, as the folder was listed last.
        """
        segments = {number: segment for (one, number), segment in files.segments.items() if one is self._stream}
        # Looked at before they are read: a writer that went on has written all that those before will ever hold.
        newest = newest_gone_on(segments, self.place[0])
        numbers = sorted(segments)
        while True:
            number, start = self.place
            is_over = number < newest
            image = self._journal.image(files.writer_id, self._stream, number, start)
            must_wait = False
            if image is not None:
                scan = EventScan(
                    image, self._journal.damage, wanted=self._wanted, start=start, patience=self._journal.patience
                )
                for frame in scan:
                    self.place = number, scan.reached
                    yield image.header, frame
                self.place, must_wait = (number, scan.reached), scan.must_wait
                is_over = is_over or image.footer is not None
            if must_wait or not is_over:
                return
            following = bisect_right(numbers, number)
            self.place = numbers[following] if following < len(numbers) else number + 1, HEADER_SIZE


class EventFollower:
    """Reads each event of a run once."""

    def __init__(self, folder: Path, kinds: Collection[int] | None = None, places: Collection[EventPlace] = ()) -> None:
        """Begin before the first event, or at some places.

        Args:
            folder: of the run.
            kinds: only events of these kinds.
            places: how far streams were followed before; the others are read from their start.
        """
        self._wanted = EVERYTHING if kinds is None else Wanted(kinds=frozenset(kinds))
        self.journal = RunJournal(folder)
        self._streams: dict[tuple[str, Stream], StreamFollower] = {}
        for one in places:
            self._follower(one.writer, Stream(one.stream)).place = one.segment, one.offset

    def places(self) -> list[EventPlace]:
        """How far each stream was read."""
        return [EventPlace(writer, stream, *one.place) for (writer, stream), one in self._streams.items()]

    def poll(self) -> list[Event]:
        """The events that came since the last call, writer after writer. Empty where nothing is new."""
        self.journal.refresh()
        return [
            event_of(frame, header)
            for files in self.journal.writers
            for stream in (Stream.EVENTS, Stream.OVERFLOW)
            for header, frame in self._follower(files.writer_id, stream).frames(files)
        ]

    def _follower(self, writer: str, stream: Stream) -> StreamFollower:
        key = writer, stream
        if key not in self._streams:
            self._streams[key] = StreamFollower(self.journal, stream, self._wanted)
        return self._streams[key]
