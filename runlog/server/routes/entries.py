"""Small records that several processes change: each change is based on what was read."""

from __future__ import annotations

import hashlib
from typing import Annotated

from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import AfterValidator

from runlog.server import names, shapes
from runlog.server.answers import Cursor, Limit, json_answer, page_of
from runlog.server.bodies import whole_body
from runlog.server.downloads import BINARY
from runlog.server.endpoints import Endpoints, raw_answer, raw_body
from runlog.server.refusals import RefusalError
from runlog.server.roles import Role
from runlog.server.service import Service, service_of
from runlog.writing.level_requests import MOST, decode, entry_of, refusal

endpoint = Endpoints("entries")
Folder = Annotated[
    str, Query(description="experiments, models, models/NAME or runs/ID/requests."), AfterValidator(names.entry_folder)
]


@endpoint("GET", "/api/v1/entries", Role.READER, shape=shapes.EntryList)
def list_entries(request: Request, folder: Folder, limit: Limit = 10_000, cursor: Cursor = None) -> Response:
    """List the records and the folders in a folder. A page has so many of both together."""
    backend = service_of(request).backend
    found = sorted(
        [(name, "names") for name in backend.entry_names(folder)]
        + [(name, "folders") for name in backend.entry_folders(folder)]
    )
    page, following = page_of([name for name, _ in found], limit, cursor)
    kinds = dict(found)
    return json_answer(
        {kind: [name for name in page if kinds[name] == kind] for kind in ("names", "folders")} | {"cursor": following}
    )


@endpoint("GET", "/api/v1/entries/{name:path}", Role.READER, responses={200: raw_answer("The record.", BINARY)})
def give_entry(request: Request, name: names.EntryName) -> Response:
    """Send a record; its `ETag` is what a change is based on."""
    entry = service_of(request).backend.read_entry(name)
    if entry is None:
        raise RefusalError(404, "entry_not_found", f"there is no record {name!r}")
    return Response(
        entry.data, headers={"ETag": _etag(entry.data), "Content-Disposition": "attachment"}, media_type=BINARY
    )


@endpoint(
    "PUT",
    "/api/v1/entries/{name:path}",
    Role.WRITER,
    shape=shapes.EntryKept,
    responses={201: {"model": shapes.EntryKept}},
    refusals=[400, 408, 412, 413, 415, 428, 503, 507],
    body=raw_body(BINARY),
)
async def take_entry(request: Request, name: names.EntryName) -> Response:
    """Write a record: with `If-Match`, what was read, or with `If-None-Match: *`, where there is none.

    Where it is otherwise by now, 412 is answered and nothing is written.
    """
    service = service_of(request)
    matched, absent = request.headers.get("if-match"), request.headers.get("if-none-match")
    if (matched is None) == (absent is None) or absent not in {None, "*"}:
        raise RefusalError(
            428, "condition_needed", "send If-Match with the ETag that was read, or If-None-Match: * for a new record"
        )
    data = await whole_body(request, service.settings.upload.entry_bytes)
    written = await to_thread.run_sync(_write, service, name, data, matched)
    if not written:
        raise RefusalError(412, "changed", f"the record {name!r} is not as it was read: read it again")
    return json_answer({"etag": _etag(data)}, 200 if absent is None else 201, {"ETag": _etag(data)})


def _write(service: Service, name: str, data: bytes, matched: str | None) -> bool:
    parts = name.split("/")
    if parts[0] == "runs" and not service.backend.has_run(parts[1]):
        raise RefusalError(404, "run_not_found", f"there is no run {parts[1]} here: claim it first, with PUT")
    if parts[0] == "runs" and name == entry_of(parts[1]):
        _check_levels(data)
    if matched is None:
        return service.backend.put_entry(name, data, None)
    entry = service.backend.read_entry(name)
    if entry is None or _etag(entry.data) != matched:
        return False
    return service.backend.put_entry(name, data, entry.revision)


def _check_levels(data: bytes) -> None:
    """Refuse what the processes of a run would refuse: of levels no role may ask for more."""
    try:
        asked = decode(data)
    except ValueError as error:
        raise RefusalError(422, "wrong_argument", str(error)) from error
    if len(asked) > MOST:
        raise RefusalError(422, "wrong_argument", f"levels of {len(asked)} loggers are asked for: {MOST} may be")
    for name, one in asked.items():
        if fault := refusal(name, one):
            raise RefusalError(422, "wrong_argument", fault)


@endpoint("DELETE", "/api/v1/entries/{name:path}", Role.WRITER, status=204, responses={204: {}})
def delete_entry(request: Request, name: names.EntryName) -> Response:
    """Remove a record."""
    if not service_of(request).backend.delete_entry(name):
        raise RefusalError(404, "entry_not_found", f"there is no record {name!r}")
    return Response(status_code=204)


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'
