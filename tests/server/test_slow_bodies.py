"""Bodies that do not come, come slowly, or come for nothing: each has its time, and then its connection and slot are free."""

from __future__ import annotations

import json
import time

import pytest
import zstandard

from support.raw_http import PATIENCE, all_of, answer_of, connected, drip, head
from support.server_process import started_server
from support.waiting import until

WRITER = "w" * 12
MIB = 1 << 20
JSON = {"Content_Type": "application/json"}
BODIES = {
    "POST /api/v1/run-states": JSON,
    "POST /api/v1/run-journals": JSON,
    "POST /api/v1/blobs/missing": JSON,
    "POST /api/v1/runs/slow/attempt": JSON,
    f"POST /api/v1/runs/slow/journal/{WRITER}/sign": JSON,
    f"PUT /api/v1/runs/slow/journal/{WRITER}/events/0": {},
    f"PUT /api/v1/runs/slow/crashes/{WRITER}": {},
    "PUT /api/v1/runs/slow/files/a": {},
    f"PUT /api/v1/blobs/{'0' * 64}": {},
    "PUT /api/v1/entries/experiments/slow.json": {"If_None_Match": "*"},
}
"""Requests whose body is waited for, each in its own way."""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A server that waits a second for a body, and takes small files only."""
    folder = tmp_path_factory.mktemp("impatient")
    config = folder / "server.yaml"
    config.write_text(json.dumps({"body_seconds": 1, "upload": {"file_bytes": 1000}}))
    with started_server(folder / "served", "--config", str(config)) as server:
        assert server.client("writer")("PUT", "/api/v1/runs/slow").status_code == 201
        yield server


@pytest.fixture
def start_with(start_with):
    """`start_with(**settings)`: a server with them, and a run called slow."""

    def start(**settings):
        server = start_with(**settings)
        assert server.client("writer")("PUT", "/api/v1/runs/slow").status_code == 201
        return server

    return start


REFUSED = {
    "nobody's": (401, "PUT", "/api/v1/runs/slow/files/a", None, {}),
    "a reader's": (403, "PUT", "/api/v1/runs/slow/files/a", "reader", {}),
    "of no route": (404, "PUT", "/api/v1/nothing", "writer", {}),
    "for no run": (404, "PUT", "/api/v1/runs/none/files/a", "writer", {}),
    "too large": (413, "PUT", "/api/v1/runs/slow/files/a", "writer", {}),
    "oddly encoded": (415, "PUT", "/api/v1/runs/slow/files/a", "writer", {"Content_Encoding": "br"}),
    "of another site": (403, "POST", "/api/v1/blobs/missing", "writer", {"Origin": "https://evil.example"}),
    "with nothing to be read for": (200, "GET", "/healthz", None, {}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_is_answered_before_its_body_came_does_not_keep_the_connection(impatient, name):
    status, method, path, role, headers = REFUSED[name]
    with connected(impatient.port) as connection:
        token = role and impatient.tokens[role]
        connection.sendall(head(method, path, token, 10**9, **headers) + b"begun")
        told, said, _ = answer_of(connection)
        assert (told, said["connection"]) == (status, "close")
        assert drip(connection)


def test_an_answer_reaches_who_sends_a_large_body_all_the_same(start_with):
    server = start_with()
    for _ in range(5):
        refused = server.client(None)("PUT", "/api/v1/runs/slow/files/a", data=b"x" * 30 * MIB)
        assert refused.status_code == 401


@pytest.mark.parametrize("length", [1000, None], ids=["of a length", "in chunks"])
@pytest.mark.parametrize("request_line", BODIES)
def test_a_body_without_end_is_not_waited_for(impatient, request_line, length):
    method, path = request_line.split()
    with connected(impatient.port) as connection:
        connection.sendall(head(method, path, impatient.tokens["writer"], length, **BODIES[request_line]))
        told, _, error = answer_of(connection)
    assert (told, error["error"]) == (408, "too_slow")


def test_a_body_that_comes_byte_by_byte_is_not_waited_for_longer(impatient):
    with connected(impatient.port) as connection:
        connection.sendall(head("POST", "/api/v1/run-states", impatient.tokens["reader"], 10_000, **JSON))
        assert drip(connection)


def test_a_body_may_take_as_long_as_its_bytes_keep_coming(start_with):
    server = start_with(body_seconds=5, body_rate=100)
    with connected(server.port) as connection:
        path = "/api/v1/runs/slow/files/a"
        connection.sendall(head("PUT", path, server.tokens["writer"], 32_000, Connection="close"))
        for _ in range(16):
            connection.sendall(b"x" * 2_000)
            time.sleep(0.5)
        assert answer_of(connection)[0] == 200


def slow_upload(server, role):
    """The header of an upload, and the first bytes of its body."""
    return head("PUT", "/api/v1/runs/slow/files/slow", server.tokens[role], 10**6) + b"begun"


def test_slow_uploads_give_their_slots_back(start_with):
    server = start_with(ingests=2, token_ingests=2, body_seconds=2)
    client = server.client("writer")
    with connected(server.port) as first, connected(server.port) as second:
        for one in (first, second):
            one.sendall(slow_upload(server, "writer"))
        until(lambda: "runlog_ingests_under_way 2.0" in client("GET", "/metrics").text)
        assert client("PUT", "/api/v1/runs/slow/files/b", data=b"x").status_code == 429
        until(lambda: client("PUT", "/api/v1/runs/slow/files/b", data=b"x").status_code == 200)


def test_one_token_does_not_get_all_slots(start_with):
    server = start_with(ingests=4, token_ingests=2, body_seconds=PATIENCE)
    writer, admin = server.client("writer"), server.client("admin")
    with connected(server.port) as first, connected(server.port) as second:
        for one in (first, second):
            one.sendall(slow_upload(server, "writer"))
        until(lambda: "runlog_ingests_under_way 2.0" in writer("GET", "/metrics").text)
        refused = writer("PUT", "/api/v1/runs/slow/files/b", data=b"x")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert "2 requests with the token 'test writer' bring records" in refused.json()["message"]
        assert admin("PUT", "/api/v1/runs/slow/files/b", data=b"x").status_code == 200


def test_who_does_not_take_its_answer_does_not_keep_the_connection(start_with):
    server = start_with(answer_seconds=1)
    large = b"x" * 64 * MIB
    assert server.client("writer")("PUT", "/api/v1/runs/slow/files/large", data=large).status_code == 200
    with connected(server.port) as connection:
        connection.sendall(head("GET", "/api/v1/runs/slow/files/large", server.tokens["reader"]))
        metrics = server.client("reader")
        until(lambda: "runlog_requests_under_way 2.0" in metrics("GET", "/metrics").text)
        until(lambda: "runlog_requests_under_way 1.0" in metrics("GET", "/metrics").text)
        assert len(all_of(connection)) < len(large)


@pytest.mark.parametrize("path", ["blobs/" + "0" * 64, "runs/slow/files/a"])
def test_a_small_body_does_not_become_a_file_that_fills_the_disk(start_with, path):
    server = start_with()
    pack = zstandard.ZstdCompressor(level=1).compressobj()
    bomb = b"".join([*(pack.compress(bytes(MIB)) for _ in range(1024)), pack.flush()])
    assert len(bomb) < MIB
    zstd = {"Content-Encoding": "zstd"}
    refused = server.client("writer")("PUT", f"/api/v1/{path}", data=bomb, headers=zstd)
    assert (refused.status_code, refused.json()["detail"]) == (413, {"limit": 80 * MIB, "ratio": 200})
    assert list((server.folder / "uploads").iterdir()) == []


def test_a_body_that_is_all_alike_may_unfold_to_a_whole_segment(start_with):
    server = start_with()
    folded = zstandard.compress(bytes(80 * MIB))
    assert len(folded) < MIB
    zstd = {"Content-Encoding": "zstd"}
    taken = server.client("writer")("PUT", "/api/v1/runs/slow/files/alike", data=folded, headers=zstd)
    assert (taken.status_code, taken.json()["size"]) == (200, 80 * MIB)
