"""Runs and processes: their places, their ids, their state, and who may go on with one."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Request, Response

from runlog.errors import JournalError
from runlog.server import names, shapes
from runlog.server.answers import Cursor, Limit, json_answer, page_of
from runlog.server.endpoints import Endpoints, raw_answer
from runlog.server.journal_places import Kind, journal_folder, steadily
from runlog.server.roles import Role
from runlog.server.service import service_of
from runlog.state import kinds_of_state
from runlog.store.folder import FolderBackend

endpoint = Endpoints("runs")
STATES_BYTES = 8 << 20
"""Bytes of events in one answer of states; the ids that are left are to be asked for again."""
MSGPACK = "application/msgpack"


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


@endpoint("POST", "/api/v1/run-states", Role.READER, responses={200: raw_answer("States, as msgpack.", MSGPACK)})
def run_states(request: Request, asked: shapes.IdsAsked) -> Response:
    """Send the events that runs' states are folded from.

    A msgpack map: `runs` has for each run its `id`, its `events` as [kind, flags, payload, writer, offset, stream], and
    its `writers` as [id, guest, late, liveness]; `missing` has the ids that are not here, `damaged` those that can't be
    read with the reason, and `rest` those that there was no room for: ask for them again.
    """
    backend = service_of(request).backend
    answer: dict[str, Any] = {"runs": [], "missing": [], "damaged": {}, "rest": []}
    room = STATES_BYTES
    for place, run_id in enumerate(map(names.run_id, asked.ids)):
        if room <= 0:
            answer["rest"] = asked.ids[place:]
            break
        if not backend.has_run(run_id):
            answer["missing"].append(run_id)
            continue
        try:
            state = steadily(lambda run_id=run_id: _state(backend, run_id))  # type: ignore[misc]
        except JournalError as error:
            answer["damaged"][run_id] = str(error)
            continue
        room -= sum(len(event[2]) + 32 for event in state["events"])
        answer["runs"].append(state)
    return Response(msgspec.msgpack.encode(answer), media_type=MSGPACK)


def _state(backend: FolderBackend, run_id: str) -> dict[str, Any]:
    journal = backend.journal(run_id)
    events = journal.events(kinds_of_state(), state=True)
    return {
        "id": run_id,
        "events": [(one.kind, one.flags, one.payload, one.writer, one.offset, int(one.stream)) for one in events],
        "writers": [(one.writer_id, one.guest, one.late, one.liveness().value) for one in journal.reader.writers],
    }


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
