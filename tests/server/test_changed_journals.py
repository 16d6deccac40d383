"""A server takes no other bytes for what it has acknowledged, nor a segment longer than any."""

from __future__ import annotations

import zstandard

from runlog.journal.bounds import SEGMENT_MOST
from runlog.journal.format import HEADER_SIZE, Header, Stream, pack_event
from support.hostile_segments import WRITER

PLACE = f"journal/{WRITER}/events/0"


def events(run, *payloads):
    data = bytearray(Header(Stream.EVENTS, 0, 0, WRITER, run).pack())
    for payload in payloads:
        data += pack_event(WRITER, 1, 0, payload, len(data))
    return bytes(data)


def test_records_that_are_there_do_not_change_and_come_again_as_they_are(writer, reader, run):
    path = f"/api/v1/runs/{run}/{PLACE}"
    data = events(run, b"acknowledged")
    assert writer("PUT", path, data=data).status_code == 200
    refused = writer("PUT", f"{path}?offset={HEADER_SIZE}", data=events(run, b"ACKNOWLEDGED")[HEADER_SIZE:])
    assert (refused.status_code, refused.json()["error"]) == (409, "conflict")
    assert "does not change any more" in refused.json()["message"]
    assert writer("PUT", path, data=data).json() == {"length": len(data)}
    assert reader("GET", f"/api/v1/runs/{run}/journal/{WRITER}-events-000000.open").content == data


def test_a_few_bytes_on_the_wire_make_no_segment_longer_than_any(server, writer, run):
    path = f"/api/v1/runs/{run}/{PLACE}"
    assert writer("PUT", path, data=events(run)).status_code == 200
    packed = zstandard.ZstdCompressor().compress(bytes(40 << 20))
    reached, answer = HEADER_SIZE, None
    while reached < SEGMENT_MOST:
        encoding = {"Content-Encoding": "zstd"}
        answer = writer("PUT", f"{path}?offset={reached}", data=packed, headers=encoding)
        if answer.status_code != 200:
            break
        reached = answer.json()["length"]
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_journal")
    assert str(SEGMENT_MOST) in answer.json()["message"]
    assert (server.folder / "runs" / run / f"{WRITER}-events-000000.open").stat().st_size <= SEGMENT_MOST
