"""Runs and processes: their ids, their end, and who may go on with one."""

from __future__ import annotations

from fastapi import Request, Response

from runlog.server import names, shapes
from runlog.server.answers import Cursor, Limit, json_answer, page_of
from runlog.server.endpoints import Endpoints
from runlog.server.journal_places import Kind, journal_folder
from runlog.server.roles import Role
from runlog.server.service import service_of

endpoint = Endpoints("runs")


@endpoint("DELETE", "/api/v1/runs/{run}", Role.ADMIN, status=204, responses={204: {}})
def delete_run(request: Request, run: names.RunId) -> Response:
    """Remove a run for good."""
    service = service_of(request)
    journal_folder(service.backend, Kind.RUN, run)
    service.delete_run(run)
    return Response(status_code=204)


@endpoint("GET", "/api/v1/run-ids", Role.READER, shape=shapes.Ids)
def run_ids(request: Request, limit: Limit = 10_000, cursor: Cursor = None) -> Response:
    """List the ids of all runs."""
    page, following = page_of(sorted(service_of(request).backend.run_ids()), limit, cursor)
    return json_answer({"items": page, "cursor": following})


@endpoint("GET", "/api/v1/process-ids", Role.READER, shape=shapes.Ids)
def process_ids(request: Request, limit: Limit = 10_000, cursor: Cursor = None) -> Response:
    """List the ids of processes that logged outside any run."""
    page, following = page_of(service_of(request).backend.process_ids(), limit, cursor)
    return json_answer({"items": page, "cursor": following})


@endpoint("POST", "/api/v1/runs/{run}/attempt", Role.WRITER, shape=shapes.Attempt)
def take_attempt(request: Request, run: names.RunId, asked: shapes.AttemptAsked) -> Response:
    """Ask for the right to open the run's next attempt, which holds for a minute."""
    service = service_of(request)
    journal_folder(service.backend, Kind.RUN, run)
    granted, seconds = service.attempts.take(run, asked.holder)
    return json_answer({"granted": granted, "seconds": seconds})


@endpoint("DELETE", "/api/v1/runs/{run}/attempt", Role.WRITER, status=204, responses={204: {}})
def give_back_attempt(request: Request, run: names.RunId, asked: shapes.AttemptAsked) -> Response:
    """Give the right back."""
    service_of(request).attempts.give_back(run, asked.holder)
    return Response(status_code=204)
