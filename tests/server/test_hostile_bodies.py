"""Bodies that are too large, unfold to too much, are broken, slow, or anything at all: refused, and the server goes on."""

from __future__ import annotations

import gzip
import socket
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from runlog.journal.format import Header, Stream
from runlog.journal.reader import RunJournal
from support.waiting import until

WRITER = "w" * 12
MIB = 1 << 20


def memory_of(server):
    """The most that the server's process had in memory so far, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def gzip_bomb(size):
    pack = zlib.compressobj(9, wbits=31)
    return b"".join([*(pack.compress(bytes(MIB)) for _ in range(size // MIB)), pack.flush()])


def zstd_bomb(size):
    pack = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join([*(pack.compress(bytes(MIB)) for _ in range(size // MIB)), pack.flush()])


def zstd_of_runs(blocks):
    """A frame of blocks that each say: 128 KiB of one byte, in 4 bytes."""
    block = (1 << 1 | (128 * 1024) << 3).to_bytes(3, "little") + b"\0"
    end = (1 | 1 << 1 | 1 << 3).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x38" + block * blocks + end


BOMBS = {
    "gzip": (gzip_bomb, "gzip"),
    "zstd": (zstd_bomb, "zstd"),
    "zstd runs": (lambda size: zstd_of_runs(size // (128 * 1024)), "zstd"),
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_is_refused_and_takes_no_memory(start_server, name):
    make, encoding = BOMBS[name]
    bomb = make(2_000 * MIB)
    assert len(bomb) < 3 * MIB
    server = start_server()
    client = server.client("writer")
    client("PUT", "/api/v1/runs/bombed")
    header = Header(Stream.EVENTS, 0, 0, WRITER, "bombed").pack()
    client("PUT", f"/api/v1/runs/bombed/journal/{WRITER}/events/0", data=header)
    before = memory_of(server)
    for path in (
        f"runs/bombed/journal/{WRITER}/events/0?offset=512",
        f"runs/bombed/crashes/{WRITER}",
        "entries/experiments/bomb.json",
    ):
        headers = {"Content-Encoding": encoding, "If-None-Match": "*"}
        refused = client("PUT", f"/api/v1/{path}", data=bomb, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (413, "too_large")
    assert memory_of(server) - before < 60 * MIB
    assert client("GET", "/api/v1/server").status_code == 200


def test_a_file_that_is_over_its_limit_leaves_nothing(start_server, tmp_path):
    config = tmp_path / "server.yaml"
    config.write_text("upload: {file_bytes: 100000}\n")
    server = start_server("--config", str(config))
    client = server.client("writer")
    client("PUT", "/api/v1/runs/small")
    for options in ({"data": b"x" * 100_001}, {"data": iter([b"x" * 60_000] * 2)}):
        refused = client("PUT", "/api/v1/runs/small/files/big", **options)
        assert (refused.status_code, refused.json()["detail"]) == (413, {"limit": 100_000})
    assert client("PUT", "/api/v1/runs/small/files/big", data=b"x" * 100_000).status_code == 200
    assert list((server.folder / "uploads").iterdir()) == []


def test_a_body_of_json_has_a_limit_too(reader):
    ids = '{"ids": ["' + "x" * (MIB + 1) + '"]}'
    headers = {"Content-Type": "application/json"}
    assert reader("POST", "/api/v1/run-states", data=ids, headers=headers).status_code == 413
    assert reader("POST", "/api/v1/run-states", data=iter([ids.encode()]), headers=headers).status_code == 413
    for broken in ("{", "[" * 100_000, '{"ids": 3}', "\xff"):
        assert reader("POST", "/api/v1/run-states", data=broken.encode("latin-1"), headers=headers).status_code in {
            400,
            422,
        }


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"no gzip", 400),
        ("gzip", gzip.compress(b"cut short", mtime=0)[:-5], 400),
        ("gzip", gzip.compress(b"more follows", mtime=0) + b"x", 400),
        ("zstd", b"no zstd", 400),
        ("zstd", zstandard.compress(b"cut short")[:-2], 400),
        ("zstd", zstandard.compress(b"more follows") + b"x", 400),
        ("br", b"", 415),
        ("gzip, gzip", b"", 415),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(writer, run, encoding, body, status):
    refused = writer("PUT", f"/api/v1/runs/{run}/files/x", data=body, headers={"Content-Encoding": encoding})
    assert refused.status_code == status


def test_more_requests_with_records_than_there_is_room_for_are_told_to_come_back(start_server, tmp_path):
    config = tmp_path / "server.yaml"
    config.write_text("ingests: 1\n")
    server = start_server("--config", str(config))
    client = server.client("writer")
    client("PUT", "/api/v1/runs/full")
    with slow_request(server, "PUT", "/api/v1/runs/full/files/slow"):
        until(lambda: "runlog_ingests_under_way 1.0" in client("GET", "/metrics").text)
        busy = client("PUT", "/api/v1/runs/full/files/b", data=b"x")
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
    until(lambda: client("PUT", "/api/v1/runs/full/files/b", data=b"x").status_code == 200)


def slow_request(server, method, path, length=1_000):
    """A request whose body has begun and does not end."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.tokens['writer']}\r\n"
    connection.sendall(f"{head}Content-Length: {length}\r\n\r\nbegun".encode())
    return connection


def test_what_came_before_a_connection_broke_is_kept_and_gone_on_from(server, writer, run):
    header = Header(Stream.EVENTS, 0, 0, WRITER, run).pack()
    path = f"/api/v1/runs/{run}/journal/{WRITER}/events/0"
    writer("PUT", path, data=header)
    with slow_request(server, "PUT", f"{path}?offset=512"):
        pass
    answer = writer("PUT", f"{path}?offset=512", data=b"begun again")
    assert answer.json() == {"length": 523}


@given(
    data=st.binary(max_size=2_000),
    offset=st.integers(0, 700),
    sealed=st.booleans(),
    encoding=st.sampled_from(["identity", "gzip", "zstd"]),
)
def test_anything_at_all_is_taken_or_refused_and_read_without_a_fault(server, writer, data, offset, sealed, encoding):
    writer("PUT", "/api/v1/runs/fuzzed")
    header = Header(Stream.EVENTS, 0, 0, WRITER, "fuzzed").pack()
    path = f"/api/v1/runs/fuzzed/journal/{WRITER}/events/0"
    writer("PUT", path, data=header)
    query = f"?offset={offset}&sealed={int(sealed)}"
    answer = writer("PUT", path + query, data=data, headers={"Content-Encoding": encoding})
    assert answer.status_code in {200, 400, 409}
    list(RunJournal(server.folder / "runs" / "fuzzed").events())
    assert writer("GET", "/api/v1/runs/fuzzed/journal").status_code == 200
    assert writer("GET", "/api/v1/runs/fuzzed").status_code == 200
