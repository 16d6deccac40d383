"""A compacted segment turned back into the sealed one that it was made of."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from runlog.errors import JournalError
from runlog.journal.compact_file import CompactFile
from runlog.journal.compact_format import numpy_and_zstandard
from runlog.journal.decode import SLOT_FIELDS
from runlog.journal.format import CHECK_MODULUS, HEADER_SIZE, POINT_SIZE, Footer, block_crcs
from runlog.journal.open_file import read_regular

_DAMAGED = 0xFF
"""A kind that no point has: who reads the slot counts it as damaged."""


class Restored(NamedTuple):
    """The segment up to the end of its data, as it was when it was sealed."""

    data: memoryview
    damage: list[str]
    """What is wrong with parts whose slots are marked as damaged, instead of those that were there."""


def restored(file: CompactFile) -> Restored:
    """Put every point back into its slot.

    A damaged chunk costs its own points. Where the order of the points is damaged, nothing has a place.

    Args:
        file: the compacted segment.

    Raises:
        JournalError: nothing can be told of the order of its points.
    """
    np, _ = numpy_and_zstandard()
    footer = file.footer
    data = np.zeros(HEADER_SIZE + footer.slots * POINT_SIZE, "u1")
    data[:HEADER_SIZE] = np.frombuffer(file.image[:HEADER_SIZE], "u1")
    table = data[HEADER_SIZE:].view(np.dtype(SLOT_FIELDS))
    damage: list[str] = []
    places = _places(np, file)
    for slots, series, points in _points(np, file, places, damage):
        _put(table, slots, series, points)
    _put_others(np, file, table, places[len(file.series)], damage)
    return Restored(memoryview(data), damage)


def sealed_image(file: CompactFile) -> bytes:
    """The sealed segment, byte for byte.

    Args:
        file: the compacted segment.

    Raises:
        JournalError: it is damaged.
    """
    found = restored(file)
    if found.damage:
        raise JournalError(found.damage[0])
    data = bytes(found.data)
    image = data + Footer(len(data), block_crcs(memoryview(data)[HEADER_SIZE:]), ()).pack(data)
    if (len(image), zlib.crc32(image)) != (file.footer.sealed_size, file.footer.sealed_crc):
        raise JournalError(f"{file.where} does not give the segment that it was made of")
    return image


def sealed_bytes(path: Path) -> bytes:
    """The sealed segment that a compacted file was made of, for whoever sends it where it is not compacted yet.

    Args:
        path: of the file.

    Raises:
        JournalError: it is damaged.
        MissingExtraError: numpy or zstandard is not installed.
        OSError: it can't be read.
    """
    return sealed_image(CompactFile(read_regular(path), path.name))


def _places(np: Any, file: CompactFile) -> list[Any]:
    """For each series, then for what is no point, the numbers of its slots."""
    order = file.order()
    by_series = np.argsort(order, kind="stable")
    ends = np.cumsum([*(one.points for one in file.series), file.footer.slots - file.footer.points])
    return list(np.split(by_series, ends[:-1]))


def _points(np: Any, file: CompactFile, places: list[Any], damage: list[str]) -> Iterator[tuple[Any, int, Any]]:
    """For each chunk its slots, its series id, and its points; None for these where it is damaged."""
    done = [0] * len(file.series)
    for row, (series, count) in enumerate(file.chunks[["series", "count"]].tolist()):
        slots = places[series][done[series] : done[series] + count]
        done[series] += count
        try:
            points = file.points_of(row)
        except JournalError as error:
            damage.append(str(error))
            points = None
        yield slots, file.series[series].id, points


def _put(table: Any, slots: Any, series: int, points: Any) -> None:
    if points is None:
        table["kind"][slots] = _DAMAGED
        return
    table["step"][slots] = points.steps
    table["time"][slots] = points.times
    table["raw"][slots] = points.raw
    table["series"][slots] = series
    table["kind"][slots] = points.marks & 0xFF
    table["flags"][slots] = points.marks >> 8
    table["check"][slots] = (points.times ^ series ^ (HEADER_SIZE + slots * POINT_SIZE)) % CHECK_MODULUS


def _put_others(np: Any, file: CompactFile, table: Any, slots: Any, damage: list[str]) -> None:
    try:
        table[slots] = np.frombuffer(file.others(), table.dtype)
    except JournalError as error:
        damage.append(str(error))
        table["kind"][slots] = _DAMAGED
