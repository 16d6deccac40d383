"""A run as a query sees it. What the query does not ask for is not read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from runlog.errors import JournalError
from runlog.journal import clock
from runlog.query.evaluate import answer
from runlog.query.syntax import Field, Query, Space
from runlog.reading.summary import MetricSummary, summarise
from runlog.reading.texts import duration
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.state import RunState


class RunRow:
    """One run: its state, and its metrics where they are asked for."""

    def __init__(self, backend: Backend, state: RunState) -> None:
        self.state = state
        self._backend = backend

    @cached_property
    def _metrics(self) -> dict[str, MetricSummary]:
        try:
            found = [] if self.state.fault else summarise(self._backend.journal(self.state.id), stretches=1)
        except JournalError:  # a query is about all runs: one that can't be read has no metrics
            return {}
        return {one.name: one for one in found}

    def value(self, field: Field) -> Any:
        """The run's value of a field; None where it has none."""
        return getattr(self, f"_{field.space.value}_value")(field)

    def _metrics_value(self, field: Field) -> Any:
        found = self._metrics.get(field.key)
        if found is None:
            return None
        return {"last": found.last, "min": found.low, "max": found.high, "count": found.count}[field.function]

    def _params_value(self, field: Field) -> Any:
        return decode_cell(self.state.params.get(field.key))

    def _tags_value(self, field: Field) -> Any:
        """A tag's text; of a tag without a value, an empty one: it is there."""
        tags = self.state.tags
        return (tags[field.key] or "") if field.key in tags else None

    def _properties_value(self, field: Field) -> Any:
        return self.state.properties.get(field.key)

    def _attributes_value(self, field: Field) -> Any:
        state = self.state
        values: dict[str, Any] = {
            "id": state.id,
            "name": state.name,
            "experiment": state.experiment,
            "type": state.type,
            "description": state.description,
            "parent": state.parent,
            "group": state.group,
            "status": state.status,
            "started": state.created,
            "ended": state.ended,
            "duration": duration(state),
            "attempts": state.attempts,
        }
        value = values[field.key]
        return None if value == "" else value


def taken_by(query: Query, backend: Backend, states: Iterable[RunState]) -> list[RunState]:
    """The runs that a query takes, in its order; without one, in theirs.

    Args:
        query: the query.
        backend: keeps the runs.
        states: of the runs that are asked.
    """
    if not any(field.space is Space.METRICS for field in query.fields()):
        return [row.state for row in answer(query, (RunRow(backend, state) for state in states), clock.now())]
    known = list(states)
    with backend.at_hand([state.id for state in known]):
        return [row.state for row in answer(query, (RunRow(backend, state) for state in known), clock.now())]


assert all(hasattr(RunRow, f"_{space.value}_value") for space in Space)
