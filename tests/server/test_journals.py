"""Bytes of a journal that are sent to a server are read there as where they were written, and come back the same."""

from __future__ import annotations

import gzip
import os
import time

import msgspec
import pytest
import zstandard

from runlog.journal.files import lease_name
from runlog.journal.format import HEADER_SIZE, Header, Stream, unpack_parts
from runlog.journal.liveness import HEARTBEAT_LIMIT
from runlog.journal.reader import RunJournal
from support.writers import LOG, Logger

NAMES = {Stream.POINTS: "points", Stream.EVENTS: "events", Stream.OVERFLOW: "overflow"}
WRITER = "w" * 12


def segments_of(folder):
    """Writer, stream, number and bytes of each segment of a writer that closed."""
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        images = [data[at : at + size] for at, size in unpack_parts(data)] if path.suffix == ".pack" else [data]
        for image in images:
            header = Header.unpack(image)
            yield header.writer, NAMES[header.stream], header.segment, image


def content(folder):
    journal = RunJournal(folder)
    points = [(one.writer, one.names, list(one.steps), one.values()) for one in journal.points()]
    return points, list(journal.events()), str(journal.damage)


@pytest.fixture
def original(tmp_path, run):
    return tmp_path / run


def fill(folder, count=300):
    logger = Logger(folder, run_id=folder.name)
    for number in range(count):
        logger.log("loss", number / 7, "", number)
        logger.append(b"record %d" % number)
    logger.close()
    return logger.writer.writer_id


def put(client, kind, owner, place, data, *, offset=0, sealed=0, **options):
    writer, stream, number = place
    path = f"/api/v1/{kind}/{owner}/journal/{writer}/{stream}/{number}?offset={offset}&sealed={sealed}"
    return client("PUT", path, data=data, **options)


ENCODINGS = {
    "identity": (bytes, {}),
    "gzip": (gzip.compress, {"Content-Encoding": "gzip"}),
    "zstd": (zstandard.ZstdCompressor().compress, {"Content-Encoding": "zstd"}),
}


@pytest.mark.parametrize("kind", ["runs", "processes"])
@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
@pytest.mark.parametrize("count", [3, 30_000])
def test_a_run_that_is_sent_is_there_as_it_was_written(server, writer, original, kind, encoding, count):
    writer_id = fill(original, count)
    encode, headers = ENCODINGS[encoding]
    writer("PUT", f"/api/v1/{kind}/{original.name}")
    for *place, image in segments_of(original):
        answer = put(writer, kind, original.name, place, encode(image), sealed=1, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"length": len(image)})
    sign = writer("POST", f"/api/v1/{kind}/{original.name}/journal/{writer_id}/sign", json={"state": "closed"})
    assert (sign.status_code, sign.content) == (204, b"")
    folder = server.folder / kind / original.name
    assert content(folder) == content(original)
    lease = lease_name(writer_id)
    assert {path.name for path in folder.iterdir()} - {lease} == {path.name for path in original.iterdir()}


@pytest.mark.parametrize("kind", ["runs", "processes"])
def test_what_is_listed_can_be_fetched_and_is_the_same(server, writer, reader, original, kind):
    writer_id = fill(original, 20_000)
    writer("PUT", f"/api/v1/{kind}/{original.name}")
    for *place, image in segments_of(original):
        put(writer, kind, original.name, place, image, sealed=1)
    writer("POST", f"/api/v1/{kind}/{original.name}/journal/{writer_id}/sign", json={"state": "dead", "lost": [1, 2]})
    listed = reader("GET", f"/api/v1/{kind}/{original.name}/journal").json()
    (only,) = listed["writers"]
    assert {name: only[name] for name in ("id", "guest", "late", "liveness", "lost")} == {
        "id": writer_id,
        "guest": False,
        "late": False,
        "liveness": "dead",
        "lost": [1, 2],
    }
    assert len(only["files"]) == 2
    for file in only["files"]:
        path = f"/api/v1/{kind}/{original.name}/journal/{file['name']}"
        whole = (server.folder / kind / original.name / file["name"]).read_bytes()
        assert file["size"] == len(whole)
        for accepted in ("identity", "gzip", "zstd", "gzip;q=0, br"):
            answer = reader("GET", path, headers={"Accept-Encoding": accepted}, stream=True)
            raw = answer.raw.read(decode_content=False)
            encoding = answer.headers.get("Content-Encoding", "identity")
            assert encoding == (accepted if accepted in ENCODINGS else "identity")
            decode = {"identity": bytes, "gzip": gzip.decompress, "zstd": unfold_zstd}[encoding]
            assert decode(raw) == whole


def unfold_zstd(data):
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=512-", 512, None), ("bytes=-48", -48, None), ("bytes=100-9999999", 100, None)],
)
def test_a_part_of_a_file_is_sent_as_it_is(writer, reader, original, asked, start, end):
    fill(original)
    for *place, image in segments_of(original):
        put(writer, "runs", original.name, place, image, sealed=1)
    (one,) = reader("GET", f"/api/v1/runs/{original.name}/journal").json()["writers"]
    path = f"/api/v1/runs/{original.name}/journal/{one['files'][0]['name']}"
    whole = reader("GET", path, headers={"Accept-Encoding": "identity"}).content
    answer = reader("GET", path, headers={"Range": asked, "Accept-Encoding": "zstd"})
    assert answer.status_code == 206
    assert answer.content == whole[start:end]
    assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    assert reader("GET", path, headers={"Range": "bytes=99-1"}).status_code == 200
    outside = reader("GET", path, headers={"Range": f"bytes={len(whole)}-"})
    assert (outside.status_code, outside.json()["detail"]) == (416, {"size": len(whole)})


def test_a_gap_is_refused_with_the_length_to_go_on_from(writer, run):
    header = Header(Stream.EVENTS, 0, 0, WRITER, run).pack()
    place = (WRITER, "events", 0)
    assert put(writer, "runs", run, place, header + bytes(88)).json() == {"length": 600}
    refused = put(writer, "runs", run, place, b"later", offset=700)
    assert (refused.status_code, refused.json()["error"], refused.json()["detail"]) == (409, "gap", {"length": 600})
    assert put(writer, "runs", run, place, b"again", offset=595).json() == {"length": 600}
    assert put(writer, "runs", run, place, b"", offset=600).json() == {"length": 600}


def test_a_sealed_segment_that_fails_its_checksums_is_to_be_sent_from_there(writer, original):
    fill(original)
    *place, image = next(segments_of(original))
    broken = image[:700] + bytes([image[700] ^ 1]) + image[701:]
    refused = put(writer, "runs", original.name, place, broken, sealed=1)
    assert (refused.status_code, refused.json()["detail"]) == (409, {"length": HEADER_SIZE})
    again = put(writer, "runs", original.name, place, image[HEADER_SIZE:], offset=HEADER_SIZE, sealed=1)
    assert again.json() == {"length": len(image)}


def test_a_run_that_was_not_claimed_takes_nothing(writer):
    refused = put(writer, "runs", "unclaimed", (WRITER, "events", 0), b"x" * 600)
    assert (refused.status_code, refused.json()["error"]) == (404, "run_not_found")


def test_a_run_is_claimed_once(writer):
    assert [writer("PUT", "/api/v1/runs/claimed").json()["made"] for _ in range(2)] == [True, False]
    assert writer("PUT", "/api/v1/runs/claimed").status_code == 200


def test_states_are_sent_as_the_events_they_are_folded_from(server, writer, reader, original):
    logger = Logger(original, run_id=original.name)
    logger.writer.event(2, b"state", 1)
    logger.append(b"bulk")
    logger.close()
    for *place, image in segments_of(original):
        put(writer, "runs", original.name, place, image, sealed=1)
    answer = reader("POST", "/api/v1/run-states", json={"ids": [original.name, "nothing"]})
    states = msgspec.msgpack.decode(answer.content)
    assert states["missing"] == ["nothing"]
    assert (states["damaged"], states["rest"]) == ({}, [])
    (state,) = states["runs"]
    assert state["id"] == original.name
    assert state["events"] == [[2, 1, b"state", logger.writer.writer_id, HEADER_SIZE, Stream.EVENTS]]
    assert state["writers"] == [[logger.writer.writer_id, False, False, "alive"]]
    (server.folder / "runs" / original.name / lease_name(logger.writer.writer_id)).touch()
    long_ago = time.time() - HEARTBEAT_LIMIT
    os.utime(server.folder / "runs" / original.name / lease_name(logger.writer.writer_id), (long_ago, long_ago))
    states = msgspec.msgpack.decode(reader("POST", "/api/v1/run-states", json={"ids": [original.name]}).content)
    assert states["runs"][0]["writers"][0][3] == "silent"


def test_what_a_crashed_process_wrote_is_kept_with_its_time(writer, reader, run):
    path = f"/api/v1/runs/{run}/crashes/{WRITER}"
    assert reader("GET", path).status_code == 404
    assert (
        writer("PUT", path, data=b"Fatal: <b>SEGV</b>", headers={"Runlog-Time": "1700000000000000123"}).status_code
        == 204
    )
    answer = reader("GET", path)
    assert (answer.content, answer.headers["Runlog-Time"]) == (b"Fatal: <b>SEGV</b>", "1700000000000000123")
    assert reader("GET", f"/api/v1/runs/{run}/journal").json()["crashes"] == [
        {"writer": WRITER, "time": 1700000000000000123}
    ]


def test_ids_come_in_pages(reader, writer):
    for number in range(5):
        writer("PUT", f"/api/v1/runs/paged{number}")
        writer("PUT", f"/api/v1/processes/paged{number}")
    for kind in ("run", "process"):
        found, cursor = [], ""
        while cursor is not None:
            query = f"limit=2&cursor={cursor}" if cursor else "limit=2"
            page = reader("GET", f"/api/v1/{kind}-ids?{query}").json()
            assert len(page["items"]) <= 2
            found += page["items"]
            cursor = page["cursor"]
        assert [one for one in found if one.startswith("paged")] == [f"paged{number}" for number in range(5)]
        assert len(set(found)) == len(found)


def test_only_one_holder_may_open_the_next_attempt(writer, run):
    path = f"/api/v1/runs/{run}/attempt"

    def ask(holder):
        return writer("POST", path, json={"holder": holder}).json()["granted"]

    assert ask("a" * 12)
    assert not ask("b" * 12)
    assert ask("a" * 12)
    assert writer("DELETE", path, json={"holder": "b" * 12}).status_code == 204
    assert not ask("b" * 12)
    assert writer("DELETE", path, json={"holder": "a" * 12}).status_code == 204
    assert ask("b" * 12)


def test_a_live_record_is_there_when_it_was_acknowledged(server, writer, original):
    logger = Logger(original, run_id=original.name)
    logger.append(b"live")
    (path,) = original.glob("*-events-*.open")
    image = path.read_bytes().rstrip(b"\0")
    image = image.ljust(len(image) + 7 & -8, b"\0")
    put(writer, "runs", original.name, (logger.writer.writer_id, "events", 0), image)
    read = [event.payload for event in RunJournal(server.folder / "runs" / original.name).events([LOG])]
    assert read == [b"live"]
    logger.close()


def test_a_live_record_is_found_at_once(writer, reader, original):
    import logging

    from runlog.handlers.record_payload import LOG_EVENT, encode_log

    logger = Logger(original, run_id=original.name)
    record = logging.makeLogRecord(
        {"msg": "quagga %d", "args": (7,), "name": "live", "levelno": 20, "levelname": "INFO"}
    )
    logger.writer.event(LOG_EVENT, encode_log(record, None))
    (path,) = original.glob("*-events-*.open")
    image = path.read_bytes().rstrip(b"\0")
    put(writer, "runs", original.name, (logger.writer.writer_id, "events", 0), image.ljust(len(image) + 7 & -8, b"\0"))
    found = reader("GET", "/api/v1/records", params={"q": "quagga", "run": original.name}).json()
    assert [one["message"] for one in found["items"]] == ["quagga 7"]
    logger.close()
