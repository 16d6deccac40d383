"""A run's summary as the index keeps it, and single values of it as columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from runlog.records import UNREADABLE, Cell
from runlog.statuses import UNREADABLE as UNREADABLE_STATUS
from runlog.store.contract import MetricRow, RunSummary
from runlog.store.index_file import DamagedIndexError
from runlog.values import decode_cell

SHOWN = 1_000
"""Metrics that a run's summary has, the first ones logged; the others are told by asking for the run itself."""
METRIC_VALUES = ("last", "min", "max", "count")
"""What queries ask of a metric."""
_encode = msgspec.msgpack.Encoder().encode


class StoredMetric(msgspec.Struct, frozen=True, array_like=True):
    """A metric's summary; ``last`` is a cell as the journal has it."""

    name: str
    kind: str
    count: int
    last: Cell
    last_step: int | None
    last_time: int
    min: float | None
    max: float | None
    first_time: int

    def row(self) -> MetricRow:
        """As callers get it."""
        return MetricRow(
            name=self.name,
            kind=self.kind,
            count=self.count,
            last=decode_cell(self.last),
            last_step=self.last_step,
            last_time=self.last_time,
            min=self.min,
            max=self.max,
            first_time=self.first_time,
        )


def metric_fields(metrics: Iterable[StoredMetric]) -> Iterator[tuple[str, str, Any]]:
    """Space, key and column of what queries ask of metrics."""
    for one in metrics:
        if one.kind == SCALAR:
            for function, cell in zip(METRIC_VALUES, (one.last, one.min, one.max, one.count), strict=True):
                yield f"metrics.{function}", one.name, to_column(cell)


class ManyMetrics(NamedTuple):
    """The metrics of a run that has more than its summary shows."""

    changed: list[StoredMetric]
    """Those that are new, or changed since they were written last."""
    every: Callable[[], list[StoredMetric]]
    """All of them, where the index has none of them yet."""
    is_begun: bool
    """Whether the others were written before."""


class StoredRun(msgspec.Struct, frozen=True):
    """A run's summary. Parameters are cells as the journal has them."""

    id: str
    name: str
    experiment: str
    status: str
    created: int | None
    ended: int | None
    description: str
    type: str
    parent: str | None
    group: str
    attempts: int
    params: dict[str, Cell]
    tags: dict[str, str | None]
    properties: dict[str, str | None]
    metrics: list[StoredMetric]
    metrics_left_out: int = 0
    """How many are not among them."""

    @classmethod
    def unreadable(cls, run_id: str) -> StoredRun:
        """What is known of a run that can't be read: that it is there."""
        return cls(run_id, "", "", UNREADABLE_STATUS, None, None, "", "", None, "", 0, {}, {}, {}, [])

    def summary(self, revision: int) -> RunSummary:
        """As callers get it."""
        return RunSummary(
            id=self.id,
            name=self.name,
            experiment=self.experiment,
            status=self.status,
            created=self.created,
            ended=self.ended,
            description=self.description,
            type=self.type,
            parent=self.parent,
            group=self.group,
            attempts=self.attempts,
            params={key: decode_cell(value) for key, value in self.params.items()},
            tags=self.tags,
            properties=self.properties,
            metrics={one.name: one.row() for one in self.metrics},
            metrics_left_out=self.metrics_left_out,
            revision=revision,
        )

    def fields(self) -> Iterator[tuple[str, str, Any]]:
        """Space, key and column of everything that queries ask for."""
        for key, value in self._attributes().items():
            if value is not None and value != "":
                yield "attributes", key, to_column(value)
        for key, cell in self.params.items():
            yield "params", key, to_column(cell)
        for key, text in self.tags.items():
            yield "tags", key, text or ""
        for key, text in self.properties.items():
            if text is not None:
                yield "properties", key, text
        yield from metric_fields(self.metrics)

    def _attributes(self) -> dict[str, str | int | None]:
        return {
            "name": self.name,
            "experiment": self.experiment,
            "type": self.type,
            "description": self.description,
            "parent": self.parent,
            "group": self.group,
            "status": self.status,
            "started": self.created,
            "ended": self.ended,
            "attempts": self.attempts,
        }


SCALAR = "scalar"
"""The kind of metrics whose values queries compare; lists of scalars are of it, too."""
encode_run = encode_metric = _encode
_decode_cell = msgspec.msgpack.Decoder(Cell).decode
decode_run = msgspec.msgpack.Decoder(StoredRun).decode
decode_metric = msgspec.msgpack.Decoder(StoredMetric).decode


def to_column(cell: Any) -> Any:
    """A cell as SQLite holds it without a change: numbers and texts as they are, all else as msgpack."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return _encode(cell)
    if isinstance(cell, int):
        return cell if -(1 << 63) <= cell < 1 << 63 else _encode(cell)
    return _encode(cell) if math.isnan(cell) else cell  # SQLite takes not-a-number for NULL


def from_column(value: Any) -> Any:
    """The Python value that a column stands for."""
    if not isinstance(value, bytes):
        return value
    try:
        return decode_cell(_decode_cell(value))
    except UNREADABLE as error:
        raise DamagedIndexError(f"a value in it can't be read: {error}") from error
