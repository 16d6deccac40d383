"""A query, taken apart: what :mod:`runlog.query.parse` makes, and whoever answers queries works on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Value = int | float | str | bool
Operator = Literal["=", "!=", "<", "<=", ">", ">="]
Function = Literal["last", "min", "max", "count"]


class Space(Enum):
    """Where a field's value is looked up."""

    METRICS = "metrics"
    PARAMS = "params"
    TAGS = "tags"
    PROPERTIES = "properties"
    ATTRIBUTES = "attributes"


class Kind(Enum):
    """What an attribute's values are."""

    TEXT = "text"
    STATUS = "status"
    TIME = "time"
    DURATION = "duration"
    NUMBER = "number"


ATTRIBUTES: dict[str, Kind] = {
    "id": Kind.TEXT,
    "name": Kind.TEXT,
    "experiment": Kind.TEXT,
    "type": Kind.TEXT,
    "description": Kind.TEXT,
    "parent": Kind.TEXT,
    "group": Kind.TEXT,
    "status": Kind.STATUS,
    "started": Kind.TIME,
    "ended": Kind.TIME,
    "duration": Kind.DURATION,
    "attempts": Kind.NUMBER,
}
ALIASES = {
    "run_id": "id",
    "run_name": "name",
    "display_name": "name",
    "experiment_name": "experiment",
    "created": "started",
    "start_time": "started",
    "end_time": "ended",
}
"""Other names of attributes: MLflow's."""


@dataclass(frozen=True)
class Field:
    """A value of a run; of a metric, which of its values."""

    space: Space
    key: str
    function: Function = "last"

    @property
    def kind(self) -> Kind | None:
        """What an attribute's values are; None for what a user named, which may be anything."""
        return ATTRIBUTES[self.key] if self.space is Space.ATTRIBUTES else None


@dataclass(frozen=True)
class Duration:
    """A length of time, in nanoseconds. Compared with a moment, a negative one is so long ago."""

    nanoseconds: int


@dataclass(frozen=True)
class Compare:
    """A field against a value."""

    field: Field
    operator: Operator
    value: Value | Duration


@dataclass(frozen=True)
class OneOf:
    """A field that equals one of several values."""

    field: Field
    values: tuple[Value | Duration, ...]


@dataclass(frozen=True)
class Like:
    """A text that fits a pattern: ``%`` is any text, ``_`` any character."""

    field: Field
    pattern: str
    ignore_case: bool


@dataclass(frozen=True)
class IsNull:
    """A field that the run does not have."""

    field: Field


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True)
class AllOf:
    """Conditions that all hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one holds."""

    conditions: tuple[Condition, ...]


Condition = Compare | OneOf | Like | IsNull | Not | AllOf | AnyOf


@dataclass(frozen=True)
class Ordering:
    """A field that runs are sorted by. Runs without it come last, whatever the direction."""

    field: Field
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """Which runs, in which order, and at most how many."""

    condition: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None

    def fields(self) -> set[Field]:
        """Every field that the query looks at."""
        found = {one.field for one in self.order}
        waiting: list[Condition] = [] if self.condition is None else [self.condition]
        while waiting:
            one = waiting.pop()
            if isinstance(one, AllOf | AnyOf):
                waiting += one.conditions
            elif isinstance(one, Not):
                waiting.append(one.condition)
            else:
                found.add(one.field)
        return found
