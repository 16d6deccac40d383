"""The points of a live run read as they come, from another process or a thread of the same one."""

from __future__ import annotations

from pathlib import Path

from runlog.journal.decode import PointColumns, PointDecoder, first_hole
from runlog.journal.follow import has_records
from runlog.journal.format import HEADER_SIZE, Stream
from runlog.journal.image import Image
from runlog.journal.reader import RunJournal, WriterFiles


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

    def poll(self) -> list[PointColumns]:
        """The points that came since the last call, of each writer that has any new ones."""
        self.journal.refresh()
        found: list[PointColumns] = []
        for files in self.journal.writers:
            decoder = self._decoders.get(files.writer_id)
            if decoder is None:
                decoder = self._decoders[files.writer_id] = PointDecoder(files.writer_id, self.journal.damage)
            self._read(files, decoder)
            columns = decoder.columns()
            if len(columns):
                found.append(columns)
        return found

    def _read(self, files: WriterFiles, decoder: PointDecoder) -> None:
        later = {number: one for (stream, number), one in files.segments.items() if stream is Stream.POINTS}
        while True:
            number, start = self._places.get(files.writer_id, (min(later, default=0), HEADER_SIZE))
            later = {one: segment for one, segment in later.items() if one > number}
            # Looked at before this segment is read: a writer that went on has written all that it will ever hold.
            is_over = any(map(has_records, later.values()))
            image = self.journal.image(files.writer_id, Stream.POINTS, number, start)
            must_wait = False
            if image is not None:
                start, must_wait = self._read_image(image, start, decoder)
                is_over = is_over or image.footer is not None
            self._places[files.writer_id] = number, start
            if must_wait or not is_over:
                return
            self._places[files.writer_id] = number + 1, HEADER_SIZE

    def _read_image(self, image: Image, start: int, decoder: PointDecoder) -> tuple[int, bool]:
        """Decode what is new; the offset behind it, and whether points behind a hole are still to come."""
        data = image.data
        hole = first_hole(memoryview(data)[start:]) if image.live else None
        must_wait = hole is not None and not self.journal.patience.is_over(image.label, start + hole)
        if must_wait and hole is not None:
            data = data[: start + hole]
        return decoder.add(data, image.label, footer=image.footer, start=start), must_wait
