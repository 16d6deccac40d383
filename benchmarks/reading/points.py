"""A run of many points, read as a data frame."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from .child import bytes_on_disk, in_child

NAMES = ("loss", "accuracy", "lr", "grad_norm")


@dataclass(frozen=True)
class PointsRead:
    """Seconds to write a run of points and to read it (fresh processes, quickest first), and bytes a point on disk."""

    points: int
    write_seconds: float
    read_seconds: list[float]
    bytes_a_point: float


def measure_points(folder: Path, points: int = 10_000_000, times: int = 3) -> PointsRead:
    """Write a run of ``points`` in one process, then read it whole in others."""
    written = in_child(__name__, "write", folder, points)
    reads = [in_child(__name__, "read", folder, written["run"]) for _ in range(times)]
    wrong = [one for one in reads if (one["points"], one["sum"]) != (points, written["sum"])]
    if wrong:
        raise RuntimeError(f"wrote {points} points with sum {written['sum']}, read {wrong}")
    return PointsRead(
        points, written["seconds"], sorted(one["seconds"] for one in reads), bytes_on_disk(folder) / points
    )


def write(folder: str, points: str) -> dict[str, object]:
    """Log the points, each with a step, and end the run."""
    import runlog

    workspace = runlog.Workspace.create("bench", location=folder)
    began = time.perf_counter()
    with runlog.Experiment(workspace, "bench").start_logging(capture_logging=False) as run:
        log = run.log
        for step in range(int(points) // len(NAMES)):
            for name in NAMES:
                log(name, step * 0.5, step=step)
    seconds = time.perf_counter() - began
    steps = int(points) // len(NAMES)
    return {"run": run.id, "seconds": seconds, "sum": 0.5 * steps * (steps - 1) / 2 * len(NAMES)}


def read(folder: str, run_id: str) -> dict[str, object]:
    """Read the run in this process; pandas is imported before the clock starts."""
    import pandas as pd

    import runlog

    pd.DataFrame({"warm": [1.0]})
    began = time.perf_counter()
    frame = runlog.Workspace(folder).get_run(run_id).to_pandas()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "points": len(frame), "sum": float(frame["value"].sum())}
