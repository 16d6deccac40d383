"""A very long series drawn with a thousand buckets, and the room that points take."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import scratch_folder
from benchmarks.reading.child import bytes_on_disk, in_child
from benchmarks.report import progress, table

from .long_series import NAME, pieces, write_run

BUCKETS = 1000
CALLS = 30
CLOSE = 100_000
"""Points of the range that is drawn close in."""


@dataclass(frozen=True)
class Drawn:
    """Milliseconds of calls in a fresh process."""

    first: float
    warm: list[float]

    @property
    def median(self) -> float:
        """Of the calls after the first."""
        return statistics.median(self.warm)


@dataclass(frozen=True)
class SeriesMeasured:
    """What was measured of one size."""

    points: int
    whole: Drawn
    close: Drawn
    bytes_built: float
    """A point of the run that was built, all files counted."""
    logged: int
    bytes_logged: float
    """A point of a run that logged so many, likewise."""
    compact_seconds: float
    """That compaction took of those."""


def measure_series(folder: Path, points: int, logged: int) -> SeriesMeasured:
    """Build a run of ``points``, draw it in other processes, and log another one of ``logged`` points."""
    run = folder / "built" / "runs" / "bench"
    progress(f"building a series of {points:,} points")
    write_run(run, points)
    bytes_built = bytes_on_disk(folder / "built") / points
    progress("drawing it")
    whole = in_child(__name__, "draw", folder / "built", 0, points)
    close = in_child(__name__, "draw", folder / "built", points // 2, points // 2 + CLOSE - 1)
    check_extremes(whole["buckets"], points)
    progress(f"logging {logged:,} points")
    done = in_child(__name__, "log", folder / "logged", logged)
    return SeriesMeasured(
        points,
        Drawn(whole["first"], whole["warm"]),
        Drawn(close["first"], close["warm"]),
        bytes_built,
        logged,
        bytes_on_disk(folder / "logged") / logged,
        done["seconds"],
    )


def draw(folder: str, low: str, high: str) -> dict[str, Any]:
    """Draw a range of the run again and again."""
    from runlog.store.folder import FolderBackend
    from runlog.store.series.store import SeriesStore

    store = SeriesStore(FolderBackend(Path(folder)))
    times = []
    for _ in range(CALLS + 1):
        began = time.perf_counter()
        found = store.buckets("bench", NAME, BUCKETS, low=float(low), high=float(high))
        times.append(1000 * (time.perf_counter() - began))
    columns = {name: getattr(found, name).tolist() for name in ("low", "high", "count", "min", "max")}
    return {"first": times[0], "warm": times[1:], "buckets": columns}


def check_extremes(buckets: dict[str, list[Any]], points: int) -> None:
    """Compare each bucket with all values in it.

    Raises:
        RuntimeError: a bucket is wrong, or points are in none.
    """
    starts = np.array(buckets["low"])
    smallest, largest = np.full(len(starts), np.inf), np.full(len(starts), -np.inf)
    for piece in pieces(points):
        within = starts[(starts > piece.first_step) & (starts < piece.first_step + len(piece.values))]
        cuts = np.concatenate([[0], within - piece.first_step])
        own = np.searchsorted(starts, piece.first_step + cuts, side="right") - 1
        smallest[own] = np.minimum(smallest[own], np.minimum.reduceat(piece.values, cuts))
        largest[own] = np.maximum(largest[own], np.maximum.reduceat(piece.values, cuts))
    if sum(buckets["count"]) != points or len(starts) > BUCKETS:
        raise RuntimeError(f"{len(starts)} buckets hold {sum(buckets['count'])} points of {points}")
    if smallest.tolist() != buckets["min"] or largest.tolist() != buckets["max"]:
        raise RuntimeError("a bucket's smallest or largest value is not that of its points")


def log(folder: str, points: str) -> dict[str, float]:
    """Log random values with a step, end the run, and compact it."""
    import random

    import runlog
    from runlog.journal.compacting import compact_run

    workspace = runlog.Workspace.create("bench", location=folder)
    chance = random.Random(1).random
    with runlog.Experiment(workspace, "bench").start_logging(capture_logging=False) as run:
        write = run.log
        for step in range(int(points)):
            write("loss", chance(), step=step)
    began = time.perf_counter()
    compact_run(Path(workspace.backend.describe_run(run.id)))
    return {"seconds": time.perf_counter() - began}


def series_part(share: float) -> None:
    """Measure a share of the whole size, and print."""
    with scratch_folder() as folder:
        found = measure_series(folder, round(100_000_000 * share), round(10_000_000 * share))
    rows = [
        [f"{BUCKETS:,} buckets of {found.points:,} points", *_milliseconds(found.whole), ""],
        [f"{BUCKETS:,} buckets of {CLOSE:,} points of them", *_milliseconds(found.close), ""],
        ["bytes a point, of those", "", f"{found.bytes_built:.2f}", "all files counted"],
        [
            f"bytes a point, of {found.logged:,} that run.log wrote",
            "",
            f"{found.bytes_logged:.2f}",
            f"compacted at {found.logged / found.compact_seconds / 1e6:.1f} million points a second",
        ],
    ]
    note = f"Random float64 values with step and time; every extreme was compared. {CALLS} calls: median, then slowest."
    table("Series", ["", "first call", "measured", "beside"], rows, note)


def _milliseconds(drawn: Drawn) -> tuple[str, str]:
    return f"{drawn.first:.0f} ms", f"{drawn.median:.1f} ms ({max(drawn.warm):.1f})"
