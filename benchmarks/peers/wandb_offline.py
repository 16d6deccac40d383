"""wandb in offline mode, its own count of steps (which is its fastest way)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.statement import Statement

from .scalars import TEN

REQUIREMENTS = ("wandb",)


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    import wandb

    with wandb.init(project="bench", mode="offline", dir=str(folder), settings=wandb.Settings(silent=True)) as run:
        yield {
            "one": Statement('run.log({"loss": 0.25})', {"run": run}),
            "ten": Statement("run.log(ten)", {"run": run, "ten": TEN}),
        }
