"""Ten thousand runs filtered and sorted by their metrics."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import scratch_folder
from benchmarks.reading.child import bytes_on_disk, in_child
from benchmarks.report import progress, table

RUNS = 10_000
METRICS = 20
QUERY = "metrics.m3 < 0.5 and params.alpha > 0.2 order by metrics.m7 desc"
PAGE = 100
CALLS = 20


@dataclass(frozen=True)
class RunsMeasured:
    """What was measured of one size; times of a page in milliseconds."""

    runs: int
    taken_in: float
    """Seconds to make the index of all runs."""
    index_bytes: int
    fresh: float
    """The first page in a process that begins with it."""
    warm: float
    """The median of the next ones."""
    written: float
    """The median of a page while a run is written, whose every value changes the index."""


def measure_runs(folder: Path, runs: int) -> RunsMeasured:
    """Log that many runs, and ask for pages of them in processes of their own."""
    progress(f"logging {runs:,} runs of {METRICS} metrics")
    in_child(__name__, "log", folder, runs)
    progress("asking for them")
    made = in_child(__name__, "take_in", folder)
    asked = in_child(__name__, "ask", folder)
    return RunsMeasured(
        runs,
        made["seconds"],
        bytes_on_disk(folder / ".runlog" / "index.sqlite"),
        asked["fresh"],
        statistics.median(asked["warm"]),
        statistics.median(asked["written"]),
    )


def log(folder: str, runs: str) -> dict[str, Any]:
    """Each run has two parameters, a tag, and three values of each metric."""
    import runlog

    chance = random.Random(10)
    workspace = runlog.Workspace.create("bench", location=folder)
    experiment = runlog.Experiment(workspace, "bench")
    for number in range(int(runs)):
        with experiment.start_logging(
            capture_logging=False, capture_system=False, outputs=False, tags={"team": "vision"}
        ) as run:
            run.log_params({"alpha": chance.random(), "seed": number})
            for step in range(3):
                run.log_metrics({f"m{metric}": chance.random() for metric in range(METRICS)}, step=step)
    return {}


def take_in(folder: str) -> dict[str, Any]:
    """Make the index."""
    import runlog
    from runlog.store.indexed import IndexedStore

    store = IndexedStore(runlog.Workspace(folder).backend)  # type: ignore[arg-type]
    began = time.perf_counter()
    store.refresh()
    seconds = time.perf_counter() - began
    time.sleep(2.1)  # a run that ended just now is looked at once more
    store.refresh()
    return {"seconds": seconds}


def ask(folder: str) -> dict[str, Any]:
    """Ask for a first page again and again; at last while a run is written."""
    import runlog
    from runlog.store.indexed import IndexedStore

    workspace = runlog.Workspace(folder)
    store = IndexedStore(workspace.backend)  # type: ignore[arg-type]

    def page() -> float:
        began = time.perf_counter()
        found = store.find_runs(QUERY, limit=PAGE)
        if len(found.items) != PAGE and found.cursor is not None:
            raise RuntimeError(f"the first page has {len(found.items)} runs")
        return 1000 * (time.perf_counter() - began)

    fresh, warm, written = page(), [page() for _ in range(CALLS)], []
    with runlog.Experiment(workspace, "bench").start_logging(
        capture_logging=False, capture_system=False, outputs=False
    ) as run:
        run.log_params({"alpha": 0.9})
        for call in range(CALLS):
            run.log_metrics({"m3": 0.1, "m7": 2 + call / CALLS})
            written.append(page())
            if store.find_runs(QUERY, limit=1).items[0].id != run.id:
                raise RuntimeError("a value that was just logged is not in the answer")
    return {"fresh": fresh, "warm": warm, "written": written}


def runs_part(share: float) -> None:
    """Measure and print; beside the whole size a hundredth of it.

    Args:
        share: of the whole size that is measured.
    """
    rows = []
    for runs in (max(1, int(RUNS * share / 100)), int(RUNS * share)):
        with scratch_folder() as folder:
            one = measure_runs(folder, runs)
        rows.append(
            [
                f"{one.runs:,} runs, {METRICS} metrics",
                f"{one.fresh:.1f} ms",
                f"{one.warm:.1f} ms",
                f"{one.written:.1f} ms",
                f"{one.taken_in:.1f} s",
                f"{one.index_bytes / max(1, one.runs):,.0f}",
            ]
        )
    columns = ["", "first page, fresh process", "again", "while a run is written", "index made in", "index bytes a run"]
    table(
        "Runs filtered by a metric and a parameter, sorted by a metric",
        columns,
        rows,
        note=f"{QUERY!r}, {PAGE} on a page",
    )
