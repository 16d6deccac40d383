"""A journal writer with the closures a run would have over it, for tests of the journal alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runlog.journal.format import Mode, PointKind
from runlog.journal.writer import JournalWriter

LOG, STATE = 1, 2
"""Two kinds of events: the bulk of a run, and its state."""


class Logger:
    """``log`` and ``log_metrics`` as a run has them: what the closures can't write, they hand to the writer."""

    def __init__(self, folder: Path, run_id: str = "run", **options: Any) -> None:
        self.writer = JournalWriter(folder, run_id, **options)
        self.slow_calls = 0
        self.log = self.writer.make_log(self._slow)
        self.log_metrics = self.writer.make_log_metrics(self._slow_metrics)
        self.append = self.writer.make_append(LOG)
        self.close = self.writer.close

    def _slow(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        self.slow_calls += 1
        if value is None:
            kind = PointKind.GAP
        elif type(value) is bool:
            kind = PointKind.BOOL
        elif type(value) is int:
            kind = PointKind.INT if value < 1 << 63 else PointKind.UINT
        else:
            kind = PointKind.FLOAT
        self.writer.point(name, kind, value, step)

    def _slow_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        for name, value in metrics.items():
            self._slow(name, value, "", step)


MODES = {mode.name.lower(): mode for mode in Mode}
