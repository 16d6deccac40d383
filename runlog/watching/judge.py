"""Whether the values of a run meet a condition."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

from runlog.reading.series import is_number
from runlog.watching.condition import OPERATORS, Comparison, Condition, Silence


class Value(NamedTuple):
    """One value of a metric."""

    metric: str
    value: Any
    step: int | None
    time_ns: int
    writer: str


class Judge:
    """Follows the values of one run until they meet a condition.

    Values in a row are those of one process: the ranks of a job log side by side. Gaps and texts are passed over.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._in_a_row: Counter[str] = Counter()
        self._last: Value | None = None

    def take(self, value: Value) -> bool:
        """Look at the next value; whether the condition is met with it."""
        if value.metric != self.condition.metric or not _counts(value.value):
            return False
        self._last = value
        if isinstance(self.condition, Silence):
            return False
        meets = _is_nan(value.value) if not isinstance(self.condition, Comparison) else _meets(self.condition, value)
        self._in_a_row[value.writer] = self._in_a_row[value.writer] + 1 if meets else 0
        return self._in_a_row[value.writer] >= self.condition.count

    def is_silent(self, now: int, since: int) -> bool:
        """Whether a live run has been silent for so long.

        Args:
            now: UTC nanoseconds.
            since: when its attempt began.
        """
        if not isinstance(self.condition, Silence):
            return False
        heard = max(since, self._last.time_ns if self._last is not None else since)
        return now - heard > self.condition.seconds * 1e9

    @property
    def last(self) -> Value | None:
        """The last value of the metric that counted."""
        return self._last


def _counts(value: Any) -> bool:
    return is_number(value) or _is_nan(value)


def _is_nan(value: Any) -> bool:
    try:
        return not isinstance(value, str) and value is not None and math.isnan(value)
    except (TypeError, ValueError, OverflowError):
        return False


def _meets(condition: Comparison, value: Value) -> bool:
    return is_number(value.value) and OPERATORS[condition.operator](value.value, condition.number)
