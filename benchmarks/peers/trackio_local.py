"""trackio, logging to its local database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.statement import Statement

from .scalars import TEN

REQUIREMENTS = ("trackio",)


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    os.environ["TRACKIO_DIR"] = str(folder / "trackio")
    import trackio

    run = trackio.init(project="bench")
    yield {
        "one": Statement('run.log({"loss": 0.25}, step=i)', {"run": run}),
        "ten": Statement("run.log(ten, step=i)", {"run": run, "ten": TEN}),
    }
    trackio.finish()
