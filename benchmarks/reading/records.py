"""A run of many log records, searched by the command line."""

from __future__ import annotations

import logging
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import child_environment, interpreter

from .child import bytes_on_disk, in_child

NEEDLE = "diverged"
ONE_IN = 10_000


@dataclass(frozen=True)
class RecordsSearched:
    """Seconds of a whole ``runlog logs RUN --grep`` process, the interpreter's start included; quickest first."""

    records: int
    matches: int
    write_seconds: float
    grep_seconds: list[float]
    bytes_a_record: float


def measure_grep(folder: Path, records: int = 1_000_000, times: int = 3) -> RecordsSearched:
    """Log ``records`` in one process, then search them with the real command."""
    written = in_child(__name__, "write", folder, records)
    seconds = [_grep(folder, written["run"], records // ONE_IN) for _ in range(times)]
    return RecordsSearched(
        records, records // ONE_IN, written["seconds"], sorted(seconds), bytes_on_disk(folder) / records
    )


def write(folder: str, records: str) -> dict[str, object]:
    """Log the records through a RunLogHandler; one in 10,000 has the needle."""
    import runlog

    workspace = runlog.Workspace.create("bench", location=folder)
    logger = logging.getLogger("train")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(runlog.RunLogHandler())
    began = time.perf_counter()
    with runlog.Experiment(workspace, "bench").start_logging(capture_logging=False) as run:
        for number in range(int(records)):
            if number % ONE_IN == 0:
                logger.warning("batch %d %s", number, NEEDLE)
            else:
                logger.info("batch %d of %s, loss %.4f", number, records, number / 7)
    return {"run": run.id, "seconds": time.perf_counter() - began}


def _grep(folder: Path, run_id: str, matches: int) -> float:
    command = [interpreter(), "-m", "runlog", "logs", run_id, "--grep", NEEDLE]
    environment = child_environment(RUNLOG_URI=str(folder / ".runlog"))
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    found = done.stdout.count(NEEDLE)
    if done.returncode != 0 or found != matches:
        raise RuntimeError(f"{' '.join(command)}: found {found} of {matches}, exit {done.returncode}: {done.stderr}")
    return seconds
