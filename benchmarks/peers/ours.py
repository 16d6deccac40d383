"""runlog itself, into a workspace in the folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.statement import Statement

from .scalars import TEN

if TYPE_CHECKING:
    from runlog import Run

REQUIREMENTS: tuple[str, ...] = ()


def inline_growths(run: Run) -> int:
    """How often a call itself made the journal longer, which is a background thread's work."""
    return run._writer.counters.inline_growths


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    import runlog

    workspace = runlog.Workspace.create("bench", location=folder)
    with runlog.Experiment(workspace, "bench").start_logging(capture_logging=False) as run:
        yield {
            "one": Statement('run.log("loss", 0.25, step=i)', {"run": run}, tally=lambda: inline_growths(run)),
            "one, no step": Statement('run.log("loss", 0.25)', {"run": run}),
            "ten": Statement("run.log_metrics(ten, step=i)", {"run": run, "ten": TEN}),
        }
