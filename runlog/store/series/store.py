"""The series of the runs of a workspace folder, drawn with as many points as are asked for."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from runlog.errors import MetricNotFoundError, RunNotFoundError, WrongValueError
from runlog.journal.compact_format import numpy_and_zstandard
from runlog.names import normalise
from runlog.store.contract import Axis, Buckets
from runlog.store.series.attempts import drop_repeated
from runlog.store.series.buckets import bucketed, is_stepped, stretches_of
from runlog.store.series.run_series import RunSeries
from runlog.store.series.segments import Held

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend

HELD_DECODED = 96 << 20
"""Bytes of decoded segments that are held: two of the largest."""
HELD_RUNS = 128 << 20
"""Bytes of summaries, and of what live writers wrote, that are held of runs that were asked for."""
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


class SeriesStore:
    """Cuts metrics into buckets. What it read is held for the next time, within limits. Threads may share one."""

    def __init__(self, backend: FolderBackend) -> None:
        """Nothing is read yet.

        Args:
            backend: keeps the runs.
        """
        self._backend = backend
        self._held = Held(HELD_DECODED)
        self._runs: OrderedDict[str, RunSeries] = OrderedDict()
        self._lock = threading.Lock()

    def buckets(
        self,
        run_id: str,
        name: str,
        count: int,
        *,
        axis: Axis = "step",
        low: float | None = None,
        high: float | None = None,
    ) -> Buckets:
        """A scalar metric in at most so many stretches; :class:`runlog.store.contract.Store` says more.

        Smallest, largest, first and last number of each bucket are those of points in it. Where there are many
        points, a bucket ends where a chunk of them does. On the axis ``step`` a step that a newer attempt logged again
        counts as logged there.

        Args:
            run_id: of the run.
            name: of the metric.
            count: of stretches, at most.
            axis: ``step``, ``index`` (each writer's points counted from 0) or ``time`` (UTC nanoseconds).
            low: the first place; None: from the start.
            high: the last place; None: to the end.

        Raises:
            RunNotFoundError: there is no such run.
            MetricNotFoundError: it has no such scalar.
            WrongValueError: ``count`` is not positive, or there is no such axis.
            MissingExtraError: numpy or zstandard is not installed.
        """
        numpy_and_zstandard()
        if count < 1 or axis not in {"step", "index", "time"}:
            raise WrongValueError(f"count={count!r}, axis={axis!r}: a positive number, and step, index or time")
        spelled = normalise(name, "metric name").name
        bounds = _place(low, _LOWEST, math.ceil), _place(high, _HIGHEST, math.floor)
        with self._run(run_id).of_writers() as parts:
            by_writer = {writer: stretches_of(own, spelled) for writer, own in parts.items()}
            by_writer = {writer: found for writer, found in by_writer.items() if found}
            found = [one for stretches in by_writer.values() for one in stretches]
            if not found:
                raise MetricNotFoundError(f"run {run_id} has no scalar metric {name!r}")
            if axis == "step" and not is_stepped(found):
                axis = "index"
            if axis == "step" and len(by_writer) > 1:
                drop_repeated(by_writer, self._backend.state(run_id).writers)
            return bucketed(found, count, axis, *bounds)

    def forget(self, run_id: str) -> None:
        """Hold nothing of a run any more: it was deleted."""
        with self._lock:
            self._runs.pop(run_id, None)

    def _run(self, run_id: str) -> RunSeries:
        if not self._backend.has_run(run_id):
            self.forget(run_id)
            raise RunNotFoundError(f"there is no run {run_id} in {self._backend.location}")
        with self._lock:
            run = self._runs.pop(run_id, None) or RunSeries(self._backend, run_id, self._held)
            self._runs[run_id] = run
            while len(self._runs) > 1 and sum(one.size for one in self._runs.values()) > HELD_RUNS:
                self._runs.popitem(last=False)
            return run


def _place(given: float | None, otherwise: int, whole: Callable[[float], int]) -> int:
    if given is None or math.isnan(given):
        return otherwise
    return max(_LOWEST, min(_HIGHEST, whole(given))) if math.isfinite(given) else (_HIGHEST if given > 0 else _LOWEST)
