"""Aim into a local repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.statement import Statement

from .scalars import TEN

REQUIREMENTS = ("aim",)


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    from aim import Repo, Run

    Repo(str(folder), init=True)
    run = Run(repo=str(folder), experiment="bench", system_tracking_interval=None, log_system_params=False)
    yield {
        "one": Statement('run.track(0.25, name="loss", step=i)', {"run": run}),
        "ten": Statement("run.track(ten, step=i)", {"run": run, "ten": TEN}),
    }
    run.close()
