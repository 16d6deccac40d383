"""Series for charts: as many stretches as a chart has room for, with exact extremes."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

from fastapi import Query, Request, Response

from runlog.errors import MetricNotFoundError
from runlog.server import names, shapes
from runlog.server.answers import json_answer
from runlog.server.endpoints import Endpoints
from runlog.server.refusals import RefusalError
from runlog.server.roles import Role
from runlog.server.service import service_of
from runlog.store.contract import Axis

endpoint = Endpoints("series")
Metric = Annotated[str, Query(min_length=1, max_length=1000, description="Of the metric.")]
Count = Annotated[int, Query(ge=1, le=10_000, description="The most stretches.")]
Place = Annotated[float | None, Query(allow_inf_nan=False, description="On the axis; left out: from its end.")]


@endpoint("GET", "/api/v1/runs/{run}/series", Role.READER, shape=shapes.Series)
def give_series(
    request: Request,
    run: names.RunId,
    name: Metric,
    buckets: Count = 1000,
    axis: Axis = "step",
    low: Place = None,
    high: Place = None,
) -> Response:
    """Send a scalar metric in at most so many stretches; single points where there are few."""
    try:
        found = service_of(request).store.buckets(run, name, buckets, axis=axis, low=low, high=high)
    except MetricNotFoundError as error:
        raise RefusalError(404, "metric_not_found", f"run {run} has no scalar {name[:80]!r}") from error
    columns = {one.name: getattr(found, one.name) for one in fields(found)}
    return json_answer({name: value.tolist() if hasattr(value, "tolist") else value for name, value in columns.items()})
