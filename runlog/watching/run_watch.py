"""One run under watch: what of it is to be told, each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runlog.journal import real_time
from runlog.statuses import CRASHED, ENDED, FAILED, NOT_RESPONDING, RUNNING
from runlog.watching.alert import Alert, condition_alert, end_alert
from runlog.watching.condition import Condition
from runlog.watching.judge import Judge, Value
from runlog.watching.run_news import RunNews

if TYPE_CHECKING:
    from runlog.attempts import Attempt
    from runlog.backend import Backend

ENDS = {
    "end": ENDED,
    "failed": frozenset({FAILED, CRASHED}),
    "crashed": frozenset({CRASHED}),
    "not-responding": frozenset({NOT_RESPONDING}),
}
"""What may be asked for, and the statuses that it means."""


class RunWatch:
    """Tells of each end once for each attempt of the run, and of each condition once for the run."""

    def __init__(
        self,
        backend: Backend,
        run_id: str,
        ends: Sequence[str],
        conditions: Sequence[Condition],
        *,
        told_attempt: int = 0,
    ) -> None:
        """Watch a run from its first record on.

        Args:
            backend: keeps the run.
            run_id: of the run.
            ends: keys of :data:`ENDS`.
            conditions: on its metrics.
            told_attempt: the newest attempt whose end is of no interest any more.
        """
        self.run_id = run_id
        self._backend = backend
        self._ends = ends
        self._judges = [Judge(condition) for condition in conditions]
        self._news = RunNews(backend, run_id, {condition.metric for condition in conditions})
        self._told = {(told_attempt, event) for event in ends}

    @property
    def newest(self) -> Attempt | None:
        """How the newest attempt stood at the last look; None where nothing was written yet."""
        return self._news.newest

    @property
    def conditions(self) -> list[Condition]:
        """Those that were not met yet."""
        return [judge.condition for judge in self._judges]

    def look(self) -> list[Alert]:
        """What has happened since the last look."""
        values = self._news.take()
        newest = self.newest
        if newest is None:
            return []
        met = [(judge, alert) for judge in self._judges if (alert := self._judge(judge, values, newest)) is not None]
        for judge, _ in met:
            self._judges.remove(judge)
        return [alert for _, alert in met] + self._ended(newest)

    def _judge(self, judge: Judge, values: Sequence[Value], newest: Attempt) -> Alert | None:
        met = next((value for value in values if judge.take(value)), None)
        now = real_time.wall_ns()
        if met is not None:
            return condition_alert(judge.condition, met, met.time_ns, newest, self._backend.state(self.run_id))
        if newest.status == RUNNING and judge.is_silent(now, newest.start_ns):
            return condition_alert(judge.condition, judge.last, now, newest, self._backend.state(self.run_id))
        return None

    def _ended(self, newest: Attempt) -> list[Alert]:
        due = [one for one in self._ends if newest.status in ENDS[one] and (newest.number, one) not in self._told]
        if not due:
            return []
        self._told.update((newest.number, one) for one in due)
        state = self._backend.state(self.run_id)
        return [end_alert(event, newest, state, real_time.wall_ns()) for event in due]
