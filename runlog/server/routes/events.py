"""What changes, as it does: server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import AfterValidator
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

from runlog.server import names
from runlog.server.answers import json_bytes
from runlog.server.endpoints import Endpoints, raw_answer
from runlog.server.news import Batch
from runlog.server.refusals import busy
from runlog.server.roles import Role
from runlog.server.service import Service, caller_of, service_of
from runlog.server.tokens import Token

endpoint = Endpoints("events")
LOOK_UP = 2.0
"""Seconds after which a listener whom nothing is told sees whether its token still is one."""
BEAT = 15
"""Seconds without an event after which a comment shows that the connection stands."""
Run = Annotated[
    str | None, Query(description="Only of this run."), AfterValidator(lambda one: one and names.run_id(one))
]
Since = Annotated[int | None, Query(ge=0, lt=1 << 63, description="The revision that is known; left out: as of now.")]


class _Listening(EventSourceResponse):
    """A stream that has one of the places for listeners from its beginning to its end."""

    def __init__(self, service: Service, listener: Token, events: AsyncIterator[ServerSentEvent]) -> None:
        super().__init__(events, ping=BEAT, headers={"X-Accel-Buffering": "no"})
        self._service = service
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listeners = self._service.listeners
        if lack := listeners.lack(self._listener.id):
            whose = "" if lack == listeners.number else f" with the token {self._listener.name!r}"
            await busy(f"{lack} listeners{whose} are here already", seconds=30).response()(scope, receive, send)
            return
        with listeners.one(self._listener.id):
            await super().__call__(scope, receive, send)


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
    service, listener = service_of(request), caller_of(request)
    last = request.headers.get("last-event-id", "")
    known = int(last) if last.isascii() and last.isdecimal() and len(last) < 19 else since
    return _Listening(service, listener, _events(service, listener, run, known))


async def _events(
    service: Service, listener: Token, run: str | None, known: int | None
) -> AsyncIterator[ServerSentEvent]:
    news = service.news
    await news.fresh()
    if known is None:
        known = news.revision
        yield ServerSentEvent("{}", event="begin", id=str(known))
    while service.goes_on_with(listener):
        batch = await _after(service, known)
        if batch is None:
            await news.wait(LOOK_UP)
            continue
        known = batch.changes.revision
        if run is None:
            yield ServerSentEvent(batch.text, event="runs", id=str(known))
        elif run in batch.changes.run_ids or run in batch.changes.deleted:
            yield await _of_run(service, run, known)


async def _after(service: Service, known: int) -> Batch | None:
    """What changed after a revision; None: nothing did."""
    if service.news.holds(known):
        return service.news.after(known)
    changes = await to_thread.run_sync(service.store.changes, known)
    return None if changes.revision == known else Batch(known, changes)


async def _of_run(service: Service, run: str, revision: int) -> ServerSentEvent:
    content = await service.glances.of(run, revision)
    if content is None:
        return ServerSentEvent(json_bytes({"id": run}).decode(), event="deleted", id=str(revision))
    return ServerSentEvent(content, event="run", id=str(revision))
