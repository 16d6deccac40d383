"""Makes the frozen compacted segments: ``python compact_vectors.py FOLDER``. Those that are there are never made anew."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from runlog.journal.compact import Compaction
from runlog.journal.format import PointKind
from support.sealed_points import Point, sealed_segment

BEGIN = 1_700_000_000_000_000_000


def training() -> Iterator[Point]:
    """What a training logs: several names at each step."""
    chance, time = random.Random(1), BEGIN
    for step in range(300):
        time += chance.randrange(20_000, 90_000)
        yield Point("loss", PointKind.FLOAT, chance.random(), step, time)
        yield Point("learning rate of the encoder", PointKind.FLOAT, 0.001, step, time)
        yield Point("samples", PointKind.INT, 64 * step, step, time)


def mixed() -> Iterator[Point]:
    """All kinds under one name, with and without steps, which go back, and times at the edges."""
    values = [(PointKind.FLOAT, float("nan")), (PointKind.FLOAT, -0.0), (PointKind.INT, -(1 << 63))]
    values += [(PointKind.UINT, (1 << 64) - 1), (PointKind.BOOL, True), (PointKind.GAP, None)]
    for number in range(48):
        kind, value = values[number * 7 % 6]
        yield Point("ü/β", kind, value, None if number % 5 == 0 else (1 << 63) - 1 - number**9, BEGIN + number * number)


def many_names() -> Iterator[Point]:
    """More names than a byte counts; values that share their upper bits."""
    for number in range(2 * 260):
        yield Point(f"layer {number % 260}", PointKind.UINT, (1 << 62) ^ number * 2**40, number // 260, BEGIN + number)


def alike() -> Iterator[Point]:
    """Values whose neighbours share most bits, and are no further apart than noise."""
    chance, bits = random.Random(2), 0x5555_5555_5555
    for number in range(400):
        bits ^= sum(1 << bit for bit in chance.sample(range(48), 4))
        yield Point("mask", PointKind.UINT, bits, number * number, BEGIN + 1000 * number)


VECTORS = {"training": training, "mixed": mixed, "many-names": many_names, "alike": alike}


def main(folder: Path) -> None:
    """Write each vector, sealed and compacted."""
    for name, points in VECTORS.items():
        sealed = sealed_segment(list(points()))
        (folder / f"{name}.seal").write_bytes(sealed)
        (folder / f"{name}.compact").write_bytes(Compaction(sealed, name).build())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
