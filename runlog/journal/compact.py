"""A sealed points segment rewritten by columns: lossless, and with the summaries of its chunks apart from the data."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from runlog.errors import JournalError
from runlog.journal.compact_columns import Codec, best_codec, compressed, is_constant, pieces, planes
from runlog.journal.compact_file import CompactFile, SeriesEntry, order_kind, pack_series
from runlog.journal.compact_format import (
    CHUNK_FIELDS,
    CHUNK_POINTS,
    CompactFooter,
    Part,
    numpy_and_zstandard,
)
from runlog.journal.compact_image import sealed_image
from runlog.journal.decode import SLOT_FIELDS, VALUE_KINDS, bad_blocks, read_definition
from runlog.journal.format import (
    CHECK_MODULUS,
    HAS_STEP,
    HEADER_CRC_AT,
    HEADER_SIZE,
    POINT_SIZE,
    Footer,
    Header,
    PointKind,
    Stream,
)
from runlog.journal.numbers import numbers_of

FEWEST_POINTS = 16
"""Points a chunk must have on average: chunks of less take more room than slots do."""


class NotCompactableError(JournalError):
    """A segment stays as it is, since its compacted form would not be better, or not the same."""


def compacted(image: bytes, where: str) -> bytes:
    """The compacted form of a sealed points segment, where that is worth it. It was turned back, and compared.

    Args:
        image: the whole sealed file.
        where: what to call it in a message.

    Raises:
        NotCompactableError: it is damaged, or would not become smaller.
        MissingExtraError: numpy or zstandard is not installed.
        JournalError: this is no sealed segment.
    """
    compaction = Compaction(image, where)
    if not compaction.pays:
        raise NotCompactableError(f"{where} has too few points of each name to become smaller")
    made = compaction.build()
    if len(made) >= len(image):
        raise NotCompactableError(f"{where} would not become smaller")
    if sealed_image(CompactFile(made, where)) != image:
        raise NotCompactableError(f"{where} holds something that its compacted form would not give back")
    return made


class Compaction:
    """One segment on its way."""

    def __init__(self, image: bytes, where: str) -> None:
        """Tell the points of a segment from all else in it.

        Args:
            image: the whole sealed file.
            where: what to call it in a message.

        Raises:
            NotCompactableError: it is damaged.
            MissingExtraError: numpy or zstandard is not installed.
            JournalError: this is no sealed segment.
        """
        np, _ = numpy_and_zstandard()
        header, footer = Header.unpack(image, where), Footer.unpack(image, where)
        if header.stream is not Stream.POINTS:
            raise NotCompactableError(f"{where} is no segment of points")
        if next(bad_blocks(image, footer), None) is not None or (footer.data_end - HEADER_SIZE) % POINT_SIZE:
            raise NotCompactableError(f"{where} is damaged: it stays, so that what can be read of it stays the same")
        self._np = np
        self._image = image
        self._writer = header.writer
        self._data = memoryview(image)[: footer.data_end]
        self._table = np.frombuffer(self._data[HEADER_SIZE:], np.dtype(SLOT_FIELDS))
        self._is_point = self._points()
        self._known, self._series = np.unique(self._table["series"][self._is_point], return_inverse=True)
        self._made = bytearray(image[:HEADER_SIZE])
        self._rows: list[tuple[Any, ...]] = []

    @property
    def pays(self) -> bool:
        """Whether there are points enough of each name."""
        return len(self._series) >= len(self._known) * FEWEST_POINTS

    def build(self) -> bytes:
        """The compacted file."""
        np, table, known = self._np, self._table, self._known
        order = np.full(len(table), len(known), order_kind(len(known)))
        order[self._is_point] = self._series
        by_series = np.argsort(order, kind="stable")
        ends = np.cumsum(np.bincount(order, minlength=len(known) + 1))
        *places, others = np.split(by_series, ends[:-1])
        names = self._names(others)
        entries = [
            SeriesEntry(one, names.get(one), len(slots)) for one, slots in zip(known.tolist(), places, strict=True)
        ]
        for series, slots in enumerate(places):
            self._add_series(series, table[slots])
        parts = [
            self._add(compressed(planes(order))),
            self._add(compressed([table[others].tobytes()])),
            self._add(compressed([pack_series(entries)])),
        ]
        self._made += bytes(-len(self._made) % 8)
        parts.append(self._add(np.array(self._rows, np.dtype(CHUNK_FIELDS)).tobytes()))
        header_crc, sealed_crc = zlib.crc32(self._image[:HEADER_CRC_AT]), zlib.crc32(self._image)
        footer = CompactFooter(header_crc, len(table), len(self._series), len(self._image), sealed_crc, *parts)
        return bytes(self._made) + footer.pack()

    def _points(self) -> Any:
        """Which slots hold a point that can be told from its series, time, step, value, kind and flags alone."""
        np, table = self._np, self._table
        positions = np.arange(HEADER_SIZE, HEADER_SIZE + POINT_SIZE * len(table), POINT_SIZE)
        checks = (table["time"] ^ table["series"] ^ positions) % CHECK_MODULUS
        return np.isin(table["kind"], VALUE_KINDS) & (checks == table["check"])

    def _names(self, others: Any) -> dict[int, str]:
        names: dict[int, str] = {}
        for slot in others[self._table["kind"][others] == PointKind.DEFINE].tolist():
            name = read_definition(self._writer, self._data, HEADER_SIZE + slot * POINT_SIZE)
            if name is not None:
                names.setdefault(int(self._table["series"][slot]), name)
        return names

    def _add(self, part: bytes) -> Part:
        place = Part(len(self._made), len(part), zlib.crc32(part))
        self._made += part
        return place

    def _add_series(self, series: int, points: Any) -> None:
        np = self._np
        columns = [np.ascontiguousarray(points[name]) for name in ("step", "time", "raw")]
        marks = points["kind"].astype("<u2") | points["flags"].astype("<u2") << 8
        preferred = [best_codec(column[:CHUNK_POINTS]) for column in columns]
        for start in range(0, len(points), CHUNK_POINTS):
            parts = [column[start : start + CHUNK_POINTS] for column in columns]
            self._add_chunk(series, parts, marks[start : start + CHUNK_POINTS], preferred)

    def _add_chunk(self, series: int, columns: list[Any], marks: Any, preferred: list[Codec]) -> None:
        codecs = [
            Codec.CONSTANT if is_constant(column) else codec for column, codec in zip(columns, preferred, strict=True)
        ]
        blocks = [block for column, codec in zip(columns, codecs, strict=True) for block in pieces(column, codec)]
        mark = int(marks[0]) if is_constant(marks) else 0
        frame = self._add(compressed(blocks if mark else [*blocks, *planes(marks)]))
        code = codecs[0] | codecs[1] << 4 | codecs[2] << 8
        numbers, stepped, *summary = self._summary(columns, marks)
        self._rows.append((*frame, series, len(marks), numbers, stepped, code, mark, 0, *summary))

    def _summary(self, columns: list[Any], marks: Any) -> Iterator[Any]:
        """Counts of finite numbers and of steps; ranges of step and time; what the finite numbers come to."""
        np = self._np
        steps, times, raw = columns
        kinds = marks[0] & 0xFF if is_constant(marks) else marks & 0xFF
        numbers = numbers_of(np, kinds, raw)
        numbers = numbers[np.isfinite(numbers)]
        own = steps[(marks >> 8 & HAS_STEP).astype(bool)]
        yield from (len(numbers), len(own))
        yield from (own.min(), own.max()) if len(own) else (0, 0)
        yield from (times.min(), times.max())
        if not len(numbers):
            yield from [np.nan] * 5
            return
        with np.errstate(over="ignore"):
            yield from (numbers.min(), numbers.max(), numbers.sum(), numbers[0], numbers[-1])
