"""A compacted points segment, read: what series it has, their summaries, and the points of a chunk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from runlog.errors import JournalError
from runlog.journal.compact_columns import Codec, columns_of, decompressed, from_planes, size_of
from runlog.journal.compact_format import (
    CHUNK_FIELDS,
    CHUNK_POINTS,
    CompactFooter,
    Part,
    numpy_and_zstandard,
)
from runlog.journal.format import HEADER_SIZE, POINT_SIZE, Header
from runlog.journal.open_file import opened_regular, read_at

TOGETHER = 16
"""Chunks that are decoded in one go: more of them no longer fit into the processor's cache."""
_NAMES_LIMIT = 1 << 28
"""Bytes that the table of series may take, which a segment of the largest size stays below."""


class SeriesEntry(NamedTuple):
    """One series id of a segment."""

    id: int
    name: str | None
    """None where the segment does not define it."""
    points: int


class ChunkPoints(NamedTuple):
    """The points of chunks, in the order they were logged; all are arrays, or None where they were not asked for."""

    steps: Any
    times: Any
    raw: Any
    """The values' bits, as int64."""
    marks: Any
    """kind | flags << 8, as in a slot."""


class FileImage:
    """A file that does not change, read where it is asked; nothing of it stays open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.lstat().st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, stretch: slice) -> bytes:
        start, end, _ = stretch.indices(self._size)
        with opened_regular(self._path, 0) as file:
            return read_at(file.fileno(), end - start, start)


class CompactFile:
    """The directory of a compacted segment, and its chunks one by one."""

    def __init__(self, image: Any, where: str) -> None:
        """Read the directory; every number in it is checked against the others.

        Args:
            image: the file's bytes, or a :class:`FileImage`.
            where: what to call the file in a message.

        Raises:
            JournalVersionError: it is of a newer version.
            MissingExtraError: numpy or zstandard is not installed.
            JournalError: it is damaged.
        """
        np, _ = numpy_and_zstandard()
        self.image = image
        self.where = where
        self.header = Header.unpack(image[:HEADER_SIZE], where)
        self.footer = CompactFooter.unpack(image, where)
        self.series = self._series()
        self.chunks = np.frombuffer(self.footer.chunks.of(image, f"the directory of {where}"), np.dtype(CHUNK_FIELDS))
        """A row for each chunk, by series and then in order. The summary counts finite numbers only."""
        counts = np.bincount(self.chunks["series"], weights=self.chunks["count"], minlength=len(self.series))
        if (
            counts.tolist() != [one.points for one in self.series]
            or counts.sum() != self.footer.points
            or (self.chunks["count"] > CHUNK_POINTS).any()
            or (self.chunks["count"] == 0).any()
            or int(self.chunks["length"].astype("<u8").sum()) > len(image)  # parts of a file that stand in each other
        ):
            raise JournalError(f"{where} is compacted, and its directory contradicts itself")

    def _series(self) -> list[SeriesEntry]:
        what = f"the table of series of {self.where}"
        data = self.footer.series.of(self.image, what)
        _, zstandard = numpy_and_zstandard()
        try:
            size = zstandard.frame_content_size(data)
            if not 0 <= size <= _NAMES_LIMIT:
                raise JournalError(f"{what} can't be of {size} bytes")
            rows = msgspec.msgpack.decode(decompressed(data, size, what), type=list[tuple[int, str | None, int]])
        except (msgspec.DecodeError, zstandard.ZstdError) as error:
            raise JournalError(f"{what} can't be read: {error}") from error
        return [SeriesEntry(*row) for row in rows]

    def rows_of(self, name: str) -> Any:
        """The chunks of a name, in order, as an array; one that was defined twice has those of its second id last."""
        np, _ = numpy_and_zstandard()
        places = [place for place, entry in enumerate(self.series) if entry.name == name]
        found = [np.flatnonzero(self.chunks["series"] == place) for place in places]
        return np.concatenate(found) if found else np.empty(0, "<i8")

    def points_of(self, row: int) -> ChunkPoints:
        """The points of a chunk.

        Args:
            row: of the chunk in ``chunks``.

        Raises:
            JournalError: it is damaged.
        """
        shape = self._shape(row)
        return _decoded(shape, [self._frame(row, shape, self.image)])

    def points_of_many(
        self, rows: Sequence[int], *, steps: bool = True, times: bool = True
    ) -> tuple[ChunkPoints, list[int]]:
        """The points of several chunks, one after the other, and how many are of each: none of a damaged one.

        Args:
            rows: of the chunks in ``chunks``, one at least; it is quick where they follow one another.
            steps: whether steps are asked for.
            times: whether times are.

        Raises:
            JournalError: all of them are damaged.
            OSError: the file can't be read.
        """
        image, frames, lengths = self._window(rows), [], []
        for row in rows:
            try:
                shape = self._shape(row)
                frame = self._frame(row, shape, image)
            except JournalError:
                lengths.append(0)
                continue
            frames.append((shape, frame))
            lengths.append(shape.points)
        if not frames:
            raise JournalError(f"no chunk of {len(rows)} of {self.where} can be read")
        found = []
        for shape, some in groupby(frames, key=itemgetter(0)):
            alike = [frame for _, frame in some]
            groups = [alike[at : at + TOGETHER] for at in range(0, len(alike), TOGETHER)]
            found += [_decoded(shape, group, (steps, times, True)) for group in groups]
        np, _ = numpy_and_zstandard()
        columns = zip(*found, strict=True)
        return ChunkPoints(*(None if one[0] is None else np.concatenate(one) for one in columns)), lengths

    def _window(self, rows: Sequence[int]) -> Any:
        """The part of the file that some chunks stand in, read at once where they stand together."""
        chunks = self.chunks[list(rows)]
        low, high = int(chunks["offset"].min()), int((chunks["offset"] + chunks["length"]).max())
        return _Window(self.image, low, high) if high - low <= 2 * int(chunks["length"].sum()) else self.image

    def _shape(self, row: int) -> _Shape:
        chunk = self.chunks[row]
        code = int(chunk["codecs"])
        try:
            codecs = tuple(Codec(code >> shift & 15) for shift in (0, 4, 8))
        except ValueError as error:
            raise JournalError(f"chunk {row} of {self.where} is encoded in a way that is not known: {error}") from error
        return _Shape(int(chunk["count"]), codecs, int(chunk["mark"]))

    def _frame(self, row: int, shape: _Shape, image: Any) -> bytes:
        """What the frame of a chunk holds."""
        chunk, what = self.chunks[row], f"chunk {row} of {self.where}"
        place = Part(int(chunk["offset"]), int(chunk["length"]), int(chunk["crc"]))
        return decompressed(place.of(image, what), shape.size, what)

    def order(self) -> Any:
        """For each slot of the segment, the place of its series in the table; behind the last: not a point.

        Raises:
            JournalError: it is damaged.
        """
        np, _ = numpy_and_zstandard()
        what = f"the order of the points of {self.where}"
        kind = order_kind(len(self.series))
        size = self.footer.slots * np.dtype(kind).itemsize
        data = decompressed(self.footer.order.of(self.image, what), size, what)
        order = from_planes(np.frombuffer(data, "u1").reshape(1, size), kind)[0]
        found = np.bincount(order, minlength=len(self.series) + 1) if len(order) else [0] * (len(self.series) + 1)
        others = self.footer.slots - self.footer.points
        if list(found) != [*(one.points for one in self.series), others]:
            raise JournalError(f"{what} contradicts its directory")
        return order

    def others(self) -> bytes:
        """The slots that are no points, one after the other.

        Raises:
            JournalError: they are damaged.
        """
        what = f"the definitions of {self.where}"
        size = (self.footer.slots - self.footer.points) * POINT_SIZE
        return decompressed(self.footer.others.of(self.image, what), size, what)


def order_kind(series: int) -> str:
    """The type of the numbers that tell a segment's order, where it has so many series."""
    return next(kind for kind, limit in (("u1", 1 << 8), ("<u2", 1 << 16), ("<u4", 1 << 32)) if series < limit)


class _Shape(NamedTuple):
    """How the points of a chunk are encoded."""

    points: int
    codecs: tuple[Codec, ...]
    mark: int

    @property
    def own(self) -> int:
        """Bytes of steps, times and values."""
        return sum(size_of(self.points, codec) for codec in self.codecs)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.own + (0 if self.mark else 2 * self.points)


class _Window:
    """A part of a file that was read at once."""

    def __init__(self, image: Any, low: int, high: int) -> None:
        self._data = image[low:high]
        self._low = low

    def __getitem__(self, stretch: slice) -> Any:
        return self._data[stretch.start - self._low : stretch.stop - self._low]


def _decoded(shape: _Shape, frames: Sequence[bytes], wanted: Sequence[bool] = (True, True, True)) -> ChunkPoints:
    """The points of chunks of one shape."""
    np, _ = numpy_and_zstandard()
    steps, times, raw = columns_of(frames, shape.points, shape.codecs, wanted)
    if shape.mark:
        return ChunkPoints(steps, times, raw, np.full(len(raw), shape.mark, "<u2"))
    table = np.frombuffer(b"".join(frames), "u1").reshape(len(frames), -1)
    return ChunkPoints(steps, times, raw, from_planes(table[:, shape.own :], "<u2").reshape(-1))


def pack_series(entries: Iterable[SeriesEntry]) -> bytes:
    """The table of series, before it is compressed."""
    return msgspec.msgpack.encode([tuple(entry) for entry in entries])
