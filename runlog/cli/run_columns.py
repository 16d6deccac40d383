"""The columns of ``runlog runs`` that people ask for: values of metrics, parameters and tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog.names import normalise
from runlog.reading.texts import number_text

if TYPE_CHECKING:
    from runlog.reading.glance import Glance

_AGGREGATE = re.compile(r"\s*(last|min|max|count)\s*\(\s*(?:metrics\s*\.\s*)?(.+?)\s*\)\s*", re.IGNORECASE)


class Column(NamedTuple):
    """A column, as it is headed and where its value is found."""

    heading: str
    space: str
    """``metrics``, ``params`` or ``tags``."""
    name: str
    function: str = "last"
    """Of a metric: ``last``, ``min``, ``max`` or ``count``."""

    def value(self, run: Glance) -> Any:
        """The run's value; None where it has none."""
        if self.space == "metrics":
            metric = run.metrics.get(self.name)
            return None if metric is None else getattr(metric, self.function)
        return (run.params if self.space == "params" else run.tags).get(self.name)

    def cell(self, run: Glance) -> str:
        """The same as a table shows it."""
        if self.space == "tags" and self.name in run.tags:
            return run.tags[self.name] or ""
        return number_text(self.value(run))


def columns(metrics: Sequence[str], params: Sequence[str], tags: Sequence[str]) -> list[Column]:
    """The columns of what was given on the command line.

    Args:
        metrics: names, of which the last values are meant; or ``min(name)``, ``max(name)``, ``count(name)``.
        params: names of parameters.
        tags: keys of tags.

    Raises:
        WrongValueError: a name is empty.
    """
    return [
        *map(_metric, metrics),
        *(Column(given, "params", normalise(given, "parameter name").name) for given in params),
        *(Column(given, "tags", normalise(given, "tag key").name) for given in tags),
    ]


def _metric(given: str) -> Column:
    match = _AGGREGATE.fullmatch(given)
    function, name = (match[1].lower(), match[2]) if match is not None else ("last", given)
    return Column(given, "metrics", normalise(name, "metric name").name, function)
