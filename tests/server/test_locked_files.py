"""Files of the server that are locked, damaged or gone: requests are answered, health is told at once, the end comes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
import threading
import time

import pytest

from runlog.server.database import Database
from runlog.server.roles import Role
from runlog.server.tokens import Tokens
from support.server_process import Client, started_server
from support.waiting import until

USUAL = ("x-content-type-options", "content-security-policy", "cross-origin-resource-policy", "referrer-policy")
SOON = 2.0
"""Seconds for an answer that waits for nothing, on a machine that is busy with other tests; locks here last longer."""


@contextlib.contextmanager
def locked(path):
    """Nobody else writes to the database meanwhile."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


@pytest.fixture
def stuck(tmp_path):
    """A server whose index is being opened by somebody else, for as long as the test takes: whoever needs it waits."""
    folder = tmp_path / "served"
    folder.mkdir()
    config = tmp_path / "server.yaml"
    config.write_text(json.dumps({"stop_seconds": 1}))
    with (folder / "index.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with started_server(folder, "--config", str(config)) as server:
            yield server


@contextlib.contextmanager
def asking(client, path, count):
    """So many requests that wait for their answers, each in a thread."""

    def ask():
        with contextlib.suppress(OSError):  # the server ended
            Client(client.url, client.token)("GET", path)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(count)]
    for one in threads:
        one.start()
    yield
    for one in threads:
        one.join(60)


def seconds_of(client, path):
    began = time.monotonic()
    assert client("GET", path).status_code == 200
    return time.monotonic() - began


def test_a_lock_on_its_database_keeps_no_reading_request_waiting(start_server):
    server = start_server()
    reader, writer, anybody = server.client("reader"), server.client("writer"), server.client(None)
    writer("PUT", "/api/v1/runs/locked")
    with locked(server.folder / "server.sqlite"):
        for _ in range(5):
            assert seconds_of(reader, "/api/v1/server") < SOON
            assert seconds_of(anybody, "/healthz") < SOON
            assert seconds_of(anybody, "/readyz") < SOON
        refused = writer("POST", "/api/v1/runs/locked/attempt", json={"holder": "h" * 16})
        assert (refused.status_code, refused.json()["error"]) == (503, "database_fault")
        assert refused.headers["Retry-After"] == "5"
    assert writer("POST", "/api/v1/runs/locked/attempt", json={"holder": "h" * 16}).json()["granted"]


def test_many_who_wait_for_the_database_keep_nobody_else_waiting(start_server):
    server = start_server()
    server.client("writer")("PUT", "/api/v1/runs/locked")
    asked = {"json": {"holder": "h" * 16}}
    with locked(server.folder / "server.sqlite"):
        clients = [server.client("writer") for _ in range(60)]
        waiting = [
            threading.Thread(target=one, args=("POST", "/api/v1/runs/locked/attempt"), kwargs=asked) for one in clients
        ]
        for one in waiting:
            one.start()
        assert seconds_of(server.client(None), "/healthz") < SOON
        for one in waiting:
            one.join()


@pytest.mark.parametrize("content", [b"no database" * 1000, b""], ids=["damaged", "empty"])
def test_a_database_that_is_none_is_told_of_in_the_usual_form(start_server, content):
    server = start_server()
    reader, anybody = server.client("reader"), server.client(None)
    for name in ("server.sqlite", "server.sqlite-wal", "server.sqlite-shm"):
        (server.folder / name).unlink(missing_ok=True)
    (server.folder / "server.sqlite").write_bytes(content)
    until(lambda: anybody("GET", "/readyz").status_code == 503)
    refused = reader("GET", "/api/v1/server")
    assert (refused.status_code, set(refused.json())) == (503, {"error", "message", "detail"})
    assert not [name for name in USUAL if name not in refused.headers]
    assert anybody("GET", "/healthz").status_code == 200
    assert "can't be read" in server.told()
    assert str(server.folder) not in refused.text


def test_a_token_is_refused_from_its_revocation_on_and_taken_from_its_making_on(start_server):
    server = start_server()
    database = Database(server.folder)
    tokens = Tokens(database)
    try:
        for number in range(10):
            token, secret = tokens.create(f"number {number}", Role.READER)
            client = Client(server.url, secret)
            assert client("GET", "/api/v1/server").status_code == 200
            tokens.revoke(token.id)
            assert client("GET", "/api/v1/server").status_code == 401
            client.close()
    finally:
        database.close()


def test_a_database_that_is_put_in_its_place_counts(start_server, tmp_path):
    server = start_server()
    database = Database(tmp_path)
    _, secret = Tokens(database).create("of the backup", Role.READER)
    database.close()
    (tmp_path / "server.sqlite").replace(server.folder / "server.sqlite")
    restored = Client(server.url, secret)
    assert restored("GET", "/api/v1/server").json()["caller"]["name"] == "of the backup"
    assert server.client("reader")("GET", "/api/v1/server").status_code == 401
    restored.close()


def test_health_is_told_though_requests_have_all_threads(stuck):
    reader, anybody = stuck.client("reader"), stuck.client(None)
    with asking(reader, "/api/v1/runs", 60):
        until(lambda: under_way(reader) >= 60)
        for path in ("/healthz", "/readyz") * 5:
            assert seconds_of(anybody, path) < SOON
            time.sleep(0.1)
        stuck.kill()


def under_way(client) -> int:
    """Requests that the server has, by its open sockets."""
    port = client.url.rpartition(":")[2]
    wanted = f":{int(port):04X}"
    with open("/proc/net/tcp") as table:
        return sum(line.split()[1].endswith(wanted) and line.split()[3] == "01" for line in table)


def test_told_to_stop_it_ends_in_its_time_whatever_requests_wait_for(stuck):
    reader, admin = stuck.client("reader"), stuck.client("admin")
    with asking(reader, "/api/v1/runs", 5):
        until(lambda: "runlog_requests_under_way 6.0" in admin("GET", "/metrics").text)
        began = time.monotonic()
        assert stuck.stop() == 1
        assert time.monotonic() - began < 1 + 5 + 20  # the two limits, and as much as a busy machine may add
    assert "ends now" in stuck.told()
