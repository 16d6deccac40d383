"""What ``import runlog`` adds to the start of a Python process, measured as whole child processes in turn."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .machine import child_environment, interpreter

BARE = "pass"
IMPORT = "import runlog"
FIRST_LOG = "import runlog; run = runlog.start('bench'); run.log('loss', 0.5); run.complete()"


@dataclass(frozen=True)
class ImportCost:
    """Milliseconds: the bare process, and what each program takes beyond it (median of the pairs' differences)."""

    bare: float
    by_import: float
    by_first_log: float


def measure_imports(folder: Path, pairs: int = 21) -> ImportCost:
    """Start bare Python, ``import runlog``, and a whole tiny run in turn, ``pairs`` times after a warm-up."""
    times: dict[str, list[float]] = {BARE: [], IMPORT: [], FIRST_LOG: []}
    for number in range(-1, pairs):
        for program, taken in times.items():
            one = _milliseconds(program, folder)
            if number >= 0:
                taken.append(one)
    return ImportCost(
        bare=median(times[BARE]),
        by_import=_beyond(times[IMPORT], times[BARE]),
        by_first_log=_beyond(times[FIRST_LOG], times[BARE]),
    )


def _beyond(program: list[float], bare: list[float]) -> float:
    return median(one - other for one, other in zip(program, bare, strict=True))


def _milliseconds(program: str, folder: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        [interpreter(), "-c", program],
        cwd=folder,
        env=child_environment(RUNLOG_URI=str(folder / ".runlog")),
        capture_output=True,
        text=True,
        check=False,
    )
    taken = (time.perf_counter() - began) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"{program!r} failed: {done.stderr.strip()}")
    return taken
