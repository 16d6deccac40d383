"""Runs, as a list that can become a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas as pd

    from runlog.reading.glance import Glance
    from runlog.run import Run


class RunList(Sequence["Run"]):
    """Runs in an order, usually newest first."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = list(runs)
        self._left = iter(self._runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> RunList: ...
    def __getitem__(self, index: int | slice) -> Run | RunList:
        return RunList(self._runs[index]) if isinstance(index, slice) else self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __next__(self) -> Run:
        """The first run, then the next ones: Azure ML has generators, and its scripts say ``next(get_runs())``."""
        return next(self._left)

    def to_pandas(self) -> pd.DataFrame:
        """One row a run: what it is, its ``params.*``, ``tags.*``, and the last value of each of its ``metrics.*``.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from runlog.reading.frame import frame_of_rows

        return frame_of_rows(list(map(_row, self._glances())))

    def _glances(self) -> Iterator[Glance]:
        from runlog.reading.glance import glances

        for _, runs in groupby(self._runs, key=lambda run: run._backend):
            some = list(runs)
            yield from glances(some[0]._backend, [run.id for run in some])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from runlog.notebook.cards import run_table

        return run_table(self)

    def __repr__(self) -> str:
        return f"RunList({self._runs!r})"


def _row(run: Glance) -> dict[str, Any]:
    from runlog.reading.moments import time_of

    row: dict[str, Any] = {
        "id": run.id,
        "name": run.name,
        "experiment": run.experiment,
        "status": run.status,
        "created": time_of(run.created),
        "ended": time_of(run.ended),
    }
    row.update({f"params.{key}": value for key, value in run.params.items()})
    row.update({f"tags.{key}": value for key, value in run.tags.items()})
    row.update({f"metrics.{name}": one.last for name, one in run.metrics.items()})
    return row
