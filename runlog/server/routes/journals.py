"""The journals of runs and of processes: the bytes that come, and the bytes that are asked for."""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import Query, Request, Response

from runlog.journal.bounds import most_bytes
from runlog.journal.crash_file import LONGEST, crash_name
from runlog.journal.files import stream_of
from runlog.journal.format import HEADER_SIZE, Lost
from runlog.journal.liveness import Liveness
from runlog.journal.mirror import Mirror
from runlog.journal.open_file import open_regular
from runlog.server import names, shapes
from runlog.server.answers import json_answer, whole_number
from runlog.server.bodies import take_body, whole_body
from runlog.server.downloads import BINARY, send_file
from runlog.server.endpoints import Endpoints, raw_answer, raw_body
from runlog.server.ingesting import Incoming, one_ingest
from runlog.server.journal_places import Kind, claim_journal, journal_folder, listing
from runlog.server.roles import Role
from runlog.server.service import caller_of, service_of
from runlog.whole_files import write_whole

endpoint = Endpoints("journals")
Offset = Annotated[int, Query(ge=0, lt=1 << 32, description="Of the first byte in the segment's file.")]
Flag = Annotated[Literal["0", "1"], Query()]
Number = Annotated[int, names.Path(ge=0, le=999_999, description="Of the segment.")]
Stream = Annotated[Literal["points", "events", "overflow"], names.Path(description="Of the writer.")]
_OWNER = "/api/v1/{kind:journals}/{owner}"
_TAKES: dict[str, Any] = {"body": raw_body(BINARY), "refusals": [400, 408, 409, 413, 415, 429, 503, 507]}
_GIVES: dict[int | str, dict[str, Any]] = {
    200: raw_answer("The file's bytes.", BINARY),
    206: raw_answer("The part that was asked for.", BINARY),
}


@endpoint("PUT", _OWNER, Role.WRITER, shape=shapes.Claimed, responses={201: {"model": shapes.Claimed}}, refusals=[507])
def claim(request: Request, kind: Kind, owner: names.RunId) -> Response:
    """Make the place of a run, or of what a process logs outside any run: 201, or 200 where it is there already."""
    made = claim_journal(service_of(request).backend, kind, owner)
    return json_answer({"id": owner, "made": made}, 201 if made else 200)


@endpoint("GET", _OWNER + "/journal", Role.READER, shape=shapes.Listing, refusals=[400])
def list_files(request: Request, kind: Kind, owner: names.RunId) -> Response:
    """List the writers of a journal and their files."""
    return json_answer(listing(journal_folder(service_of(request).backend, kind, owner)))


@endpoint("GET", _OWNER + "/journal/{file}", Role.READER, responses=_GIVES, refusals=[416])
def give(request: Request, kind: Kind, owner: names.RunId, file: names.JournalFile) -> Response:
    """Send a file of a journal, or a part of it."""
    folder = journal_folder(service_of(request).backend, kind, owner)
    return send_file(request, open_regular(folder / file), file)


@endpoint("PUT", _OWNER + "/journal/{writer}/{stream}/{segment}", Role.WRITER, shape=shapes.Taken, **_TAKES)
async def take(
    request: Request,
    kind: Kind,
    owner: names.RunId,
    writer: names.WriterId,
    stream: Stream,
    segment: Number,
    offset: Offset = 0,
    sealed: Flag = "0",
    damaged: Flag = "0",
) -> Response:
    """Take in bytes of a segment.

    What comes twice changes nothing; what does not follow is refused with 409, `gap`, and the length to go on from.
    With `sealed=1` the segment ends with these bytes, and its checksums are verified; with `damaged=1` they are not,
    since the sender's own file fails them, too.
    """
    service = service_of(request)
    which = stream_of(stream)
    assert which is not None
    segment_here = Incoming(Mirror(journal_folder(service.backend, kind, owner)), writer, which, segment, offset)
    with one_ingest(service, caller_of(request)):
        try:
            most = min(service.settings.upload.piece_bytes, most_bytes(which) - HEADER_SIZE)
            await take_body(request, segment_here.append, most)
            if sealed == "1" or segment_here.length is None:
                await to_thread.run_sync(lambda: segment_here.append(b"", sealed=sealed == "1", damaged=damaged == "1"))
        finally:
            service.measures.ingested.labels("journal").inc(segment_here.at - offset)
            service.took_in(kind, owner, sealed=sealed == "1")
    return json_answer({"length": segment_here.length})


@endpoint("POST", _OWNER + "/journal/{writer}/sign", Role.WRITER, status=204, responses={204: {}}, refusals=[503, 507])
def sign(request: Request, kind: Kind, owner: names.RunId, writer: names.WriterId, sign: shapes.Sign) -> Response:
    """Take in how a writer stands, and what it lost."""
    service = service_of(request)
    mirror = Mirror(journal_folder(service.backend, kind, owner))
    mirror.sign(writer, Liveness(sign.state), Lost(*sign.lost))
    service.took_in(kind, owner, sealed=False)
    return Response(status_code=204)


@endpoint("PUT", _OWNER + "/crashes/{writer}", Role.WRITER, status=204, responses={204: {}}, **_TAKES)
async def take_crash(request: Request, kind: Kind, owner: names.RunId, writer: names.WriterId) -> Response:
    """Take in what a process wrote when it died of a signal; the header `Runlog-Time` says when."""
    path = journal_folder(service_of(request).backend, kind, owner) / crash_name(writer)
    time = whole_number("Runlog-Time", request.headers.get("runlog-time"), what="UTC nanoseconds since 1970")
    text = await whole_body(request, LONGEST)

    def write() -> None:
        write_whole(path, text)
        if time is not None:
            os.utime(path, ns=(time, time))

    await to_thread.run_sync(write)
    return Response(status_code=204)


@endpoint("GET", _OWNER + "/crashes/{writer}", Role.READER, responses=_GIVES, refusals=[416])
def give_crash(request: Request, kind: Kind, owner: names.RunId, writer: names.WriterId) -> Response:
    """Send what a process wrote when it died of a signal; the header `Runlog-Time` says when."""
    path = journal_folder(service_of(request).backend, kind, owner) / crash_name(writer)
    number = open_regular(path)
    return send_file(request, number, path.name, {"Runlog-Time": str(os.fstat(number).st_mtime_ns)})
