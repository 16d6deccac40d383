"""What ``import runlog`` and the start of a run add to a Python process, measured in child processes in turn."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .machine import child_environment, interpreter

BARE = "pass"
IMPORT = "import runlog"
WHOLE_RUN = "import runlog; run = runlog.start('bench'); run.log('loss', 0.5); run.complete()"
FIRST_LOG = """
import time, runlog
began = time.perf_counter_ns()
run = runlog.start("bench")
run.log("loss", 0.5)
print(time.perf_counter_ns() - began)
run.complete()
"""
"""The first run of a process: what it loads and makes, up to the return of its first call."""
STANDARD = """
import time
began = time.perf_counter_ns()
import logging, json, sqlite3
print(time.perf_counter_ns() - began)
"""
"""What any program that logs and keeps something loads: the measure of how fast the machine is at this moment."""


@dataclass(frozen=True)
class ImportCost:
    """Milliseconds, medians: the bare process, what each program takes beyond it, and what single steps take."""

    bare: float
    by_import: float
    by_whole_run: float
    to_first_log: float
    quickest_first_log: float
    standard_imports: float


def measure_imports(folder: Path, pairs: int = 21) -> ImportCost:
    """Start bare Python, ``import runlog``, tiny runs and standard imports in turn, ``pairs`` times after a warm-up."""
    times: dict[str, list[float]] = {BARE: [], IMPORT: [], WHOLE_RUN: []}
    steps: dict[str, list[float]] = {FIRST_LOG: [], STANDARD: []}
    for number in range(-1, pairs):
        for program, taken in times.items():
            one, _ = _run(program, folder)
            if number >= 0:
                taken.append(one)
        for program, taken in steps.items():
            _, printed = _run(program, folder)
            if number >= 0:
                taken.append(int(printed) / 1e6)
    return ImportCost(
        bare=median(times[BARE]),
        by_import=_beyond(times[IMPORT], times[BARE]),
        by_whole_run=_beyond(times[WHOLE_RUN], times[BARE]),
        to_first_log=median(steps[FIRST_LOG]),
        quickest_first_log=min(steps[FIRST_LOG]),
        standard_imports=median(steps[STANDARD]),
    )


def _beyond(program: list[float], bare: list[float]) -> float:
    return median(one - other for one, other in zip(program, bare, strict=True))


def _run(program: str, folder: Path) -> tuple[float, str]:
    """Milliseconds that a program takes as a process, and what it prints."""
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
    return taken, done.stdout
