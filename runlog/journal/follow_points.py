"""The points of a live run read as they come, from another process or a thread of the same one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from pathlib import Path

from runlog.journal.decode import PointColumns, PointDecoder, first_hole
from runlog.journal.follow_places import PointPlace
from runlog.journal.format import HEADER_SIZE, Stream
from runlog.journal.image import Image, newest_gone_on
from runlog.journal.patience import written_end
from runlog.journal.reader import RunJournal, WriterFiles

STEP = 8 << 20
"""Bytes of a sealed segment that are decoded at a time: what is made of them takes several times as much memory."""


class PointFollower:
    """Reads each point of a run once, however its segments are sealed or packed meanwhile."""

    def __init__(self, folder: Path, places: Collection[PointPlace] = ()) -> None:
        """Begin before the first point, or at some places.

        Args:
            folder: of the run.
            places: how far writers were followed before; the others are read from their start.
        """
        self.journal = RunJournal(folder)
        self._decoders: dict[str, PointDecoder] = {}
        self._places: dict[str, tuple[int, int]] = {}
        """Segment and offset in it where each writer is read on."""
        for one in places:
            self._places[one.writer] = one.segment, one.offset
            self._decoder(one.writer).learn(one.names)

    def places(self) -> list[PointPlace]:
        """How far each writer was read, once all that :meth:`news` gave was taken."""
        return [PointPlace(writer, *place, self._decoder(writer).known()) for writer, place in self._places.items()]

    def poll(self) -> list[PointColumns]:
        """The points that came since the last call, of each writer that has any new ones."""
        return list(self.news())

    def news(self) -> Iterator[PointColumns]:
        """The same one after the other: of each segment what is new, so that a long run is never in memory as a whole.

        A large sealed segment comes in several parts.

        Where it is not asked for the rest, that comes with the next call.
        """
        self.journal.refresh()
        for files in self.journal.writers:
            decoder = self._decoder(files.writer_id)
            for _ in self._read(files, decoder):
                columns = decoder.columns()
                if len(columns):
                    yield columns

    def _decoder(self, writer: str) -> PointDecoder:
        if writer not in self._decoders:
            self._decoders[writer] = PointDecoder(writer, self.journal.damage)
        return self._decoders[writer]

    def _read(self, files: WriterFiles, decoder: PointDecoder) -> Iterator[None]:
        """Decode what is new, segment by segment, and a large one that is sealed in several steps."""
        writer = files.writer_id
        segments = {number: segment for (stream, number), segment in files.segments.items() if stream is Stream.POINTS}
        numbers = sorted(segments)
        first = numbers[0] if numbers else 0
        # Looked at before they are read: a writer that went on has written all that those before will ever hold.
        newest = newest_gone_on(segments, self._places.get(writer, (first, 0))[0])
        while True:
            number, start = self._places.get(writer, (first, HEADER_SIZE))
            following = bisect_right(numbers, number)
            went_on = number < newest
            image = self._image(writer, number, start)
            end, must_wait = start, False
            while image is not None:
                begin = end
                end, must_wait = self._read_image(image, begin, decoder)
                self._places[writer] = number, end
                if image.footer is None or end in {begin, image.footer.data_end}:
                    break
                yield
            is_whole = image is not None and (image.footer is not None or (following < len(numbers) and not image.live))
            is_over = (went_on or is_whole) and not must_wait
            if is_over:
                self._places[writer] = numbers[following] if following < len(numbers) else number + 1, HEADER_SIZE
            del image  # a segment of the largest size takes as much memory as all that follows from it
            yield
            if not is_over:
                return

    def _image(self, writer: str, number: int, start: int) -> Image | None:
        """A segment from ``start`` on; a sealed one as a whole, for its blocks have checksums."""
        image = self.journal.image(writer, Stream.POINTS, number, start)
        if image is not None and image.footer is not None and start > HEADER_SIZE:
            return self.journal.image(writer, Stream.POINTS, number)
        return image

    def _read_image(self, image: Image, start: int, decoder: PointDecoder) -> tuple[int, bool]:
        """Decode what is new, or a step of it; the offset behind it, and whether points behind a hole are to come."""
        data = memoryview(image.data)
        hole = first_hole(data[start:]) if image.live else None
        must_wait = hole is not None and not self.journal.patience.is_over(
            image.label, start + hole, written_end(image.data)
        )
        if must_wait and hole is not None:
            data = data[: start + hole]
        if image.footer is None:
            return decoder.add(data, image.label, footer=None, start=start), must_wait
        where = image.label if start == HEADER_SIZE else f"{image.label} from byte {start} on"
        return decoder.add(data, where, footer=image.footer, start=start, stop=start + STEP), must_wait
