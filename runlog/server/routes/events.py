"""What changes, as it does: server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import AfterValidator
from sse_starlette import EventSourceResponse, ServerSentEvent

from runlog.errors import RunNotFoundError
from runlog.server import names
from runlog.server.answers import json_bytes, plain_run
from runlog.server.endpoints import Endpoints, raw_answer
from runlog.server.refusals import busy
from runlog.server.roles import Role
from runlog.server.service import Service, caller_of, service_of

endpoint = Endpoints("events")
EVERY = 0.5
"""Seconds between two looks."""
BEAT = 15
"""Seconds without an event after which a comment shows that the connection stands."""
Run = Annotated[
    str | None, Query(description="Only of this run."), AfterValidator(lambda one: one and names.run_id(one))
]
Since = Annotated[int | None, Query(ge=0, lt=1 << 63, description="The revision that is known; left out: as of now.")]


@endpoint(
    "GET",
    "/api/v1/events",
    Role.READER,
    responses={200: raw_answer("Events until either side ends.", "text/event-stream")},
    refusals=[429],
)
async def follow(request: Request, run: Run = None, since: Since = None) -> Response:
    """Tell of runs that change: `runs` events name them, with `run` a `run` event has the run at a glance.

    The `id` of an event is the revision: asked again with it as `Last-Event-ID` or `since`, nothing is missed.
    """
    service = service_of(request)
    if lack := service.listeners.lack(caller_of(request).id):
        raise busy(f"{lack} listeners are here already", seconds=30)
    last = request.headers.get("last-event-id", "")
    known = int(last) if last.isascii() and last.isdecimal() and len(last) < 19 else since
    return EventSourceResponse(
        _events(service, caller_of(request).id, run, known), ping=BEAT, headers={"X-Accel-Buffering": "no"}
    )


async def _events(
    service: Service, listener: str, run: str | None, known: int | None
) -> AsyncIterator[ServerSentEvent]:
    with service.listeners.one(listener):
        if known is None:
            known = (await to_thread.run_sync(service.store.changes, 0)).revision
            yield ServerSentEvent("{}", event="begin", id=str(known))
        while not service.stopping.is_set():
            changes = await to_thread.run_sync(service.store.changes, known)
            if changes.revision != known:
                known = changes.revision
                if run is None:
                    news: dict[str, Any] = {"changed": changes.run_ids, "deleted": changes.deleted}
                    yield _event("runs", news, known)
                elif run in changes.run_ids or run in changes.deleted:
                    yield await to_thread.run_sync(_of_run, service, run, known)
            await anyio.sleep(EVERY)


def _of_run(service: Service, run: str, revision: int) -> ServerSentEvent:
    try:
        return _event("run", plain_run(service.store.run(run)), revision)
    except RunNotFoundError:
        return _event("deleted", {"id": run}, revision)


def _event(kind: str, content: Any, revision: int) -> ServerSentEvent:
    return ServerSentEvent(json_bytes(content).decode(), event=kind, id=str(revision))
