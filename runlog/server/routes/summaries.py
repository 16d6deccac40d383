"""Runs at a glance, as the index has them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from runlog.server import names, shapes
from runlog.server.answers import Cursor, Limit, json_answer, plain_metric, plain_run
from runlog.server.endpoints import Endpoints
from runlog.server.roles import Role
from runlog.server.service import service_of

endpoint = Endpoints("runs")
Text = Annotated[str, Query(max_length=10_000, description="In the language of runs; empty: all, the newest first.")]


@endpoint("GET", "/api/v1/runs", Role.READER, shape=shapes.Runs, refusals=[400])
def find_runs(request: Request, query: Text = "", limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the runs that a query takes, in its order."""
    service = service_of(request)
    page = service.store.find_runs(query, limit=min(limit, service.settings.page), cursor=cursor)
    return json_answer({"items": list(map(plain_run, page.items)), "cursor": page.cursor})


@endpoint("GET", "/api/v1/runs/{run}", Role.READER, shape=shapes.Run)
def give_run(request: Request, run: names.RunId) -> Response:
    """Send a run at a glance."""
    return json_answer(plain_run(service_of(request).store.run(run)))


@endpoint("GET", "/api/v1/runs/{run}/metrics", Role.READER, shape=shapes.Metrics)
def give_metrics(request: Request, run: names.RunId) -> Response:
    """List the metrics of a run with their newest and extreme values."""
    return json_answer({"items": list(map(plain_metric, service_of(request).store.metrics(run)))})
