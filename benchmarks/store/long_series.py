"""A run with one very long series, written as its journal would have written it, but by columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from runlog.journal.compacting import compact_segment
from runlog.journal.decode import SLOT_FIELDS
from runlog.journal.files import segment_name
from runlog.journal.format import (
    CHECK_MODULUS,
    HAS_STEP,
    HEADER_SIZE,
    POINT_SIZE,
    Footer,
    Header,
    PointKind,
    Stream,
    block_crcs,
    pack_definition,
)

WRITER, NAME, SERIES = "0123456789ab", "loss", 1000
SEGMENT = 64 << 20
POINTS = (SEGMENT - HEADER_SIZE) // POINT_SIZE - 1
"""Points of a segment, behind the definition of their name."""
BEGIN = 1_700_000_000_000_000_000


class Piece(NamedTuple):
    """The points of one segment."""

    number: int
    first_step: int
    values: Any
    times: Any


def pieces(points: int) -> Iterator[Piece]:
    """Random float64 values, a step apart, 20 to 90 µs apart; the same each time."""
    begin = BEGIN
    for number, first in enumerate(range(0, points, POINTS)):
        chance = np.random.default_rng(number)
        count = min(POINTS, points - first)
        times = begin + np.cumsum(chance.integers(20_000, 90_000, count))
        yield Piece(number, first, chance.random(count), times)
        begin = int(times[-1])


def write_run(folder: Path, points: int) -> None:
    """Write a run's segments, each compacted at once, so that little more room is taken than the whole takes."""
    folder.mkdir(parents=True)
    for piece in pieces(points):
        path = folder / segment_name(WRITER, Stream.POINTS, piece.number, sealed=True)
        path.write_bytes(_sealed(piece))
        if not compact_segment(path).segments:
            raise RuntimeError(f"{path} was not compacted")


def _sealed(piece: Piece) -> bytes:
    header = Header(Stream.POINTS, piece.number, piece.number * SEGMENT, WRITER, "bench").pack()
    definition = pack_definition(WRITER, NAME.encode(), SERIES, int(piece.times[0]), HEADER_SIZE)
    start = HEADER_SIZE + len(definition)
    table = np.zeros(len(piece.values), np.dtype(SLOT_FIELDS))
    table["step"] = np.arange(piece.first_step, piece.first_step + len(table))
    table["time"] = piece.times
    table["raw"] = piece.values.view("<i8")
    table["series"] = SERIES
    table["kind"] = PointKind.FLOAT
    table["flags"] = HAS_STEP
    table["check"] = (table["time"] ^ SERIES ^ np.arange(start, start + table.nbytes, POINT_SIZE)) % CHECK_MODULUS
    data = header + definition + table.tobytes()
    return data + Footer(len(data), block_crcs(memoryview(data)[HEADER_SIZE:]), ()).pack(data)
