"""One metric read back as a series."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runlog.errors import MetricNotFoundError
from runlog.reading.attempts import attempts_by
from runlog.reading.chunks import Scalars
from runlog.reading.moments import moment
from runlog.records import RunOpened

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SeriesPoint:
    """One value of a series, and where it stands: an index, and a moment for ``run.records(around=...)``."""

    place: int
    value: Any
    step: int | None
    time_ns: int
    writer: str
    attempt: int = 1

    @property
    def time(self) -> datetime:
        """When it was logged: aware, UTC."""
        return moment(self.time_ns)

    def __index__(self) -> int:
        return self.place


class Series:
    """The values of one metric, in the order they were logged; those of several processes by time."""

    def __init__(self, name: str, scalars: Scalars, opened: Mapping[str, RunOpened]) -> None:
        """Hold a series.

        Args:
            name: of the metric.
            scalars: its values.
            opened: for each writer, what it said of its process.
        """
        self.name = name
        self.values = scalars.values  # noqa: PD011 - no frame of pandas
        self.steps = scalars.steps
        self.times_ns = scalars.times
        self.writers = scalars.writers
        self._opened = opened

    @cached_property
    def times(self) -> list[datetime]:
        """When each value was logged: aware, UTC, to the microsecond. ``times_ns`` has the nanoseconds."""
        return [moment(time) for time in self.times_ns]

    @cached_property
    def ranks(self) -> list[int | None]:
        """The rank of the process that logged each value; None outside a job."""
        ranks = {writer: opened.rank for writer, opened in self._opened.items()}
        return [ranks.get(writer) for writer in self.writers]

    @cached_property
    def attempts(self) -> list[int]:
        """The attempt of the run that each value was logged in, from 1."""
        return attempts_by(self.writers, self._opened)

    def argmin(self) -> SeriesPoint:
        """The first point with the smallest number; gaps, texts and not-a-number don't count.

        Raises:
            MetricNotFoundError: the series has no number.
        """
        return self[_furthest(min, self._numbers(), self.values)]

    def argmax(self) -> SeriesPoint:
        """The first point with the largest number; gaps, texts and not-a-number don't count.

        Raises:
            MetricNotFoundError: the series has no number.
        """
        return self[_furthest(max, self._numbers(), self.values)]

    def _numbers(self) -> list[int]:
        places = [place for place, value in enumerate(self.values) if is_number(value)]
        if not places:
            raise MetricNotFoundError(f"the metric {self.name!r} has no number among its {len(self)} values")
        return places

    def to_pandas(self) -> pd.DataFrame:
        """A frame with the columns step, time, value, rank and attempt.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from runlog.reading.frame import column_of, import_pandas

        pandas = import_pandas()
        frame: pd.DataFrame = pandas.DataFrame(
            {
                "step": pandas.array(self.steps, dtype="Int64"),
                "time": pandas.to_datetime(self.times_ns, unit="ns", utc=True),
                "value": column_of(self.values),
                "rank": pandas.array(self.ranks, dtype="Int64"),
                "attempt": pandas.array(self.attempts, dtype="int64"),
            }
        )
        return frame

    def __getitem__(self, place: int) -> SeriesPoint:
        number = range(len(self))[place]
        return SeriesPoint(
            number,
            self.values[number],
            self.steps[number],
            self.times_ns[number],
            self.writers[number],
            self.attempts[number],
        )

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[SeriesPoint]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        return f"Series({self.name!r}, {len(self)} values)"


def _furthest(choose: Callable[..., int], places: list[int], values: list[Any]) -> int:
    """The place of the smallest or largest value: exactly, or by floats where kinds of numbers don't compare."""
    try:
        return choose(places, key=lambda place: values[place])
    except (TypeError, ArithmeticError):  # a Decimal beside a Fraction, or a signalling not-a-number
        return choose(places, key=lambda place: as_float(values[place]))


def as_float(value: Any) -> float:
    """A number as a float: infinite where it is beyond one, not-a-number where it is none."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return math.nan


def is_number(value: Any) -> bool:
    """Whether a value can be compared with other numbers."""
    if value is None or isinstance(value, str):
        return False
    try:
        return not math.isnan(value)
    except (TypeError, OverflowError, ValueError):
        return isinstance(value, int)
