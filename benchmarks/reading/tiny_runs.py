"""Many small runs: what they take on the disk."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from .child import bytes_on_disk, in_child


@dataclass(frozen=True)
class TinyRuns:
    """Bytes on disk of a workspace of ended small runs, and seconds to make them."""

    runs: int
    bytes_on_disk: int
    seconds: float


def measure_tiny_runs(folder: Path, runs: int = 10_000) -> TinyRuns:
    """Make ``runs`` small runs in one process and count the workspace's blocks."""
    made = in_child(__name__, "write", folder, runs)
    return TinyRuns(runs, bytes_on_disk(folder / ".runlog"), made["seconds"])


def write(folder: str, runs: str) -> dict[str, object]:
    """Each run: two params, ten points of two metrics, one log record; completed."""
    import runlog

    workspace = runlog.Workspace.create("bench", location=folder)
    experiment = runlog.Experiment(workspace, "bench")
    logger = logging.getLogger("train")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(runlog.RunLogHandler())
    began = time.perf_counter()
    for seed in range(int(runs)):
        with experiment.start_logging(capture_logging=False) as run:
            run.log_params({"alpha": 0.4, "seed": seed})
            for step in range(5):
                run.log_metrics({"loss": 1 / (step + 1), "accuracy": step / 5}, step=step)
            logger.info("seed %d done", seed)
    return {"seconds": time.perf_counter() - began}
