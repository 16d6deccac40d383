"""The points of a live run read as they come, from another process or a thread of the same one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runlog.journal.decode import PointColumns, PointDecoder, first_hole, has_points
from runlog.journal.format import HEADER_SIZE, Stream
from runlog.journal.image import Image
from runlog.journal.reader import RunJournal, WriterFiles

STEP = 8 << 20
"""Bytes of a sealed segment that are decoded at a time: what is made of them takes several times as much memory."""


class PointFollower:
    """Reads each point of a run once, however its segments are sealed or packed meanwhile."""

    def __init__(self, folder: Path) -> None:
        """Begin before the first point.

        Args:
            folder: of the run.
        """
        self.journal = RunJournal(folder)
        self._decoders: dict[str, PointDecoder] = {}
        self._places: dict[str, tuple[int, int]] = {}
        """Segment and offset in it where each writer is read on."""
        self._left: dict[str, int] = {}
        """The segment of a writer that it has left for the next one."""

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
            decoder = self._decoders.get(files.writer_id)
            if decoder is None:
                decoder = self._decoders[files.writer_id] = PointDecoder(files.writer_id, self.journal.damage)
            for _ in self._read(files, decoder):
                columns = decoder.columns()
                if len(columns):
                    yield columns

    def _read(self, files: WriterFiles, decoder: PointDecoder) -> Iterator[None]:
        """Decode what is new, segment by segment, and a large one that is sealed in several steps."""
        writer = files.writer_id
        numbers = [number for stream, number in files.segments if stream is Stream.POINTS]
        while True:
            number, start = self._places.get(writer, (min(numbers, default=0), HEADER_SIZE))
            numbers = [one for one in numbers if one > number]
            image = self._image(writer, number, start)
            end, must_wait = start, False
            while image is not None:
                begin = end
                end, must_wait = self._read_image(image, begin, decoder)
                self._places[writer] = number, end
                if image.footer is None or end in {begin, image.footer.data_end}:
                    break
                yield
            goes_on = bool(numbers) or (image is not None and image.footer is not None)
            is_over = (
                goes_on and not must_wait and self._is_over(writer, image, number, numbers, found_more=end > start)
            )
            if is_over:
                self._places[writer] = number + 1, HEADER_SIZE
            del image  # a segment of the largest size takes as much memory as all that follows from it
            yield
            if not is_over:
                return

    def _is_over(self, writer: str, image: Image | None, number: int, later: list[int], *, found_more: bool) -> bool:
        """Whether a segment that was read to its end will get no more points.

        The writer makes the next segment ahead, with all definitions in it; only a point there shows that it went on.
        Then this segment is read once more, as points may have come between the two looks.
        """
        if image is not None and (image.footer is not None or not image.live):
            return True
        if self._left.get(writer) == number:
            return True
        if not found_more and any(self._has_points(writer, one) for one in later):
            self._left[writer] = number
        return False

    def _has_points(self, writer: str, number: int) -> bool:
        image = self.journal.image(writer, Stream.POINTS, number)
        return image is not None and has_points(memoryview(image.data)[HEADER_SIZE : image.end])

    def _image(self, writer: str, number: int, start: int) -> Image | None:
        """A segment from ``start`` on; a sealed one as a whole, for its blocks have checksums."""
        image = self.journal.image(writer, Stream.POINTS, number, start)
        if image is not None and image.footer is not None and start > HEADER_SIZE:
            return self.journal.image(writer, Stream.POINTS, number)
        return image

    def _read_image(self, image: Image, start: int, decoder: PointDecoder) -> tuple[int, bool]:
        """Decode what is new, or a step of it; the offset behind it, and whether points behind a hole are to come."""
        data = image.data
        hole = first_hole(memoryview(data)[start:]) if image.live else None
        must_wait = hole is not None and not self.journal.patience.is_over(image.label, start + hole)
        if must_wait and hole is not None:
            data = data[: start + hole]
        if image.footer is None:
            return decoder.add(data, image.label, footer=None, start=start), must_wait
        where = image.label if start == HEADER_SIZE else f"{image.label} from byte {start} on"
        return decoder.add(data, where, footer=image.footer, start=start, stop=start + STEP), must_wait
