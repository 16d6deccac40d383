"""Sealed points segments made by hand, of any points at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from runlog.journal.decode import bits_of
from runlog.journal.files import segment_name
from runlog.journal.format import (
    HAS_STEP,
    HEADER_SIZE,
    POINT_INT,
    Footer,
    Header,
    Stream,
    block_crcs,
    check,
    pack_definition,
)

WRITER = "0123456789ab"
FIRST_SERIES = 1000


class Point(NamedTuple):
    """One call, as the journal keeps it."""

    name: str
    kind: int
    value: float | int | bool | None
    step: int | None
    time: int


def sealed_segment(points: Sequence[Point], *, number: int = 0, base: int = 0) -> bytes:
    """A whole sealed segment; each name is defined before its first point."""
    header = Header(stream=Stream.POINTS, segment=number, base=base, writer=WRITER, run_id="run").pack()
    data, ids = bytearray(header), dict[str, int]()
    for name, kind, value, step, time in points:
        if name not in ids:
            ids[name] = FIRST_SERIES + len(ids)
            data += pack_definition(WRITER, name.encode(), ids[name], time, len(data))
        flags = 0 if step is None else HAS_STEP << 8
        own_check = check(time, ids[name], len(data))
        data += POINT_INT.pack(step or 0, time, bits_of(kind, value), ids[name], kind | flags, own_check)
    whole = bytes(data)
    return whole + Footer(len(whole), block_crcs(whole[HEADER_SIZE:]), ()).pack(whole)


def write_sealed(folder: Path, points: Sequence[Point], number: int = 0) -> Path:
    """The same as a file of a run's folder."""
    folder.mkdir(exist_ok=True)
    path = folder / segment_name(WRITER, Stream.POINTS, number, sealed=True)
    path.write_bytes(sealed_segment(points, number=number))
    return path
