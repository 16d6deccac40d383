"""The app: its endpoints behind the guard, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp

from runlog import __version__
from runlog.server.endpoints import Endpoint
from runlog.server.guard import Allowed, Guard
from runlog.server.observing import Observed
from runlog.server.refusals import answer_with_refusals
from runlog.server.routes import (
    content,
    entries,
    events,
    front,
    journals,
    many_runs,
    records,
    runs,
    series,
    status,
    summaries,
)
from runlog.server.service import Service
from runlog.server.turns import in_turn

PARTS = (front, status, summaries, runs, many_runs, journals, content, entries, series, records, events)
_DESCRIPTION = (
    "Every request but those for health carries `Authorization: Bearer rl_...`. Errors have one shape: a word, a "
    "sentence, and what a program needs to go on."
)


def declared() -> list[Endpoint]:
    """Every endpoint that is served."""
    return [endpoint for part in PARTS for endpoint in part.endpoint.declared]


def make_app(service: Service) -> ASGIApp:
    """The app over a workspace.

    Args:
        service: what its endpoints work with; it is closed with the app.
    """
    api = make_api(service)
    table: list[Allowed] = []
    limit = service.settings.upload.json_bytes
    for one in declared():
        api.add_api_route(one.path, in_turn(one.function, service), methods=[one.method], **one.documents)
        route = api.routes[-1]
        assert isinstance(route, Route)
        table.append(Allowed(route, one.role, None if "openapi_extra" in one.documents else limit))
    return Observed(Guard(api, service, table), service)


def make_api(service: Service) -> FastAPI:
    """FastAPI without any endpoint: its own pages and documents stay off, since nothing would guard them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.news.begin()
        await to_thread.run_sync(service.start)
        yield
        # A limiter of its own: requests that hang may have all threads of the usual one.
        await to_thread.run_sync(service.close, limiter=CapacityLimiter(1))

    api = FastAPI(
        title="runlog",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    api.state.service = service
    answer_with_refusals(api)
    return api
