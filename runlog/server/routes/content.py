"""Content: blobs by their hash, and the files of runs."""

from __future__ import annotations

import os
from typing import Any

from anyio import to_thread
from fastapi import Request, Response

from runlog.errors import RunFileNotFoundError
from runlog.journal import clock
from runlog.server import names, shapes
from runlog.server.answers import json_answer, whole_number
from runlog.server.bodies import take_body
from runlog.server.downloads import BINARY, send_file
from runlog.server.endpoints import Endpoints, raw_answer, raw_body
from runlog.server.ingesting import one_ingest
from runlog.server.journal_places import Kind, journal_folder
from runlog.server.refusals import RefusalError
from runlog.server.roles import Role
from runlog.server.service import Service, caller_of, service_of
from runlog.store.uploads import Upload, keep_as_blob

endpoint = Endpoints("content")
_TAKES: dict[str, Any] = {"body": raw_body(BINARY), "refusals": [400, 408, 413, 415, 429, 503, 507]}
_GIVES: dict[int | str, dict[str, Any]] = {
    200: raw_answer("The content.", BINARY),
    206: raw_answer("The part that was asked for.", BINARY),
}


async def _receive(request: Request, service: Service, upload: Upload, what: str) -> None:
    try:
        await take_body(request, upload.write, service.settings.upload.file_bytes)
    finally:
        service.measures.ingested.labels(what).inc(upload.size)


def _check_hash(expected: str, upload: Upload) -> None:
    if upload.sha256 != expected:
        raise RefusalError(
            400,
            "wrong_hash",
            f"the content has the SHA-256 {upload.sha256}, not {expected}: send it again",
            detail={"sha256": upload.sha256, "size": upload.size},
        )


@endpoint("HEAD", "/api/v1/blobs/{sha256}", Role.READER, responses={200: {"description": "It is here."}})
def has_blob(request: Request, sha256: names.Sha256) -> Response:
    """Tell whether a blob is here, and its size."""
    with service_of(request).backend.blobs.open(sha256) as blob:
        size = os.fstat(blob.fileno()).st_size
    return Response(headers={"Content-Length": str(size)}, media_type=BINARY)


@endpoint("GET", "/api/v1/blobs/{sha256}", Role.READER, responses=_GIVES, refusals=[416])
def give_blob(request: Request, sha256: names.Sha256) -> Response:
    """Send a blob, or a part of it."""
    with service_of(request).backend.blobs.open(sha256) as blob:
        number = os.dup(blob.fileno())
    return send_file(request, number, sha256, {"ETag": f'"{sha256}"', "Cache-Control": "private, immutable"})


@endpoint(
    "PUT",
    "/api/v1/blobs/{sha256}",
    Role.WRITER,
    shape=shapes.Kept,
    responses={201: {"model": shapes.Kept}},
    **_TAKES,
)
async def take_blob(request: Request, sha256: names.Sha256) -> Response:
    """Keep a blob: 201, or 200 where it was here already. Content of another hash is refused."""
    service = service_of(request)
    with one_ingest(service, caller_of(request)), Upload(service.folder) as upload:
        await _receive(request, service, upload, "blob")
        _check_hash(sha256, upload)
        made = await to_thread.run_sync(keep_as_blob, service.backend, upload)
        return json_answer({"sha256": sha256, "size": upload.size}, 201 if made else 200)


@endpoint("POST", "/api/v1/blobs/missing", Role.READER, shape=shapes.Missing)
def missing_blobs(request: Request, asked: shapes.HashesAsked) -> Response:
    """Tell which of the named blobs are not here. For who may send content the others stay, to be named by it."""
    blobs = service_of(request).backend.blobs
    is_here = blobs.is_renewed if caller_of(request).role >= Role.WRITER else blobs.has
    gone = [one for one in map(names.sha256, asked.sha256) if not is_here(one)]
    return json_answer({"sha256": gone})


@endpoint("GET", "/api/v1/runs/{run}/files/{path:path}", Role.READER, responses=_GIVES, refusals=[416])
def give_file(request: Request, run: names.RunId, path: names.FilePath) -> Response:
    """Send a file of a run, or a part of it."""
    backend = service_of(request).backend
    journal_folder(backend, Kind.RUN, run)
    try:
        with backend.open_file(run, path) as file:
            number = os.dup(file.fileno())
    except RunFileNotFoundError as error:
        raise RefusalError(404, "file_not_found", f"run {run} has no file {path!r}") from error
    return send_file(request, number, path.rpartition("/")[2])


@endpoint("PUT", "/api/v1/runs/{run}/files/{path:path}", Role.WRITER, shape=shapes.KeptFile, **_TAKES)
async def take_file(request: Request, run: names.RunId, path: names.FilePath) -> Response:
    """Keep a file of a run; one of the same name is replaced as a whole.

    The header `Runlog-Sha256` has the hash that the content must have, `Runlog-Time` when it was kept, in UTC
    nanoseconds since 1970.
    """
    service = service_of(request)
    journal_folder(service.backend, Kind.RUN, run)
    expected = request.headers.get("runlog-sha256")
    time = whole_number("Runlog-Time", request.headers.get("runlog-time"), what="UTC nanoseconds since 1970")
    with one_ingest(service, caller_of(request)), Upload(service.folder) as upload:
        await _receive(request, service, upload, "file")
        if expected is not None:
            _check_hash(names.sha256(expected), upload)

        def keep() -> dict[str, object]:
            with upload.opened() as source:
                kept = service.backend.put_file(run, path, source, clock.now() if time is None else time)
            return {"name": kept.name, "size": kept.size, "sha256": kept.sha256, "time": kept.time}

        return json_answer(await to_thread.run_sync(keep))
