"""tensorboardX: one event a scalar; it has no call for several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.statement import Statement

from .scalars import TEN

REQUIREMENTS = ("tensorboardX",)


@contextmanager
def cases(folder: Path) -> Iterator[dict[str, Statement]]:
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder / "logs")) as writer:
        names = {"writer": writer, "ten": list(TEN.items())}
        yield {
            "one": Statement('writer.add_scalar("loss", 0.25, i)', names),
            "ten": Statement("for name, value in ten: writer.add_scalar(name, value, i)", names),
        }
