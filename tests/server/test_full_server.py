"""More connections than there is room for: those that rest give way, and who works is answered."""

from __future__ import annotations

import contextlib
import resource
import socket
from pathlib import Path

import pytest

from support.raw_http import all_of, answer_of, connected, head
from support.waiting import until

ELSEWHERE = "127.0.0.2"
"""Another address of this machine."""


@contextlib.contextmanager
def many(port, count, source="127.0.0.1", sent=b""):
    """So many connections that say the same, and wait."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(port, source)) for _ in range(count)]
        for one in connections:
            with contextlib.suppress(OSError):  # closed already
                one.sendall(sent)
        yield connections


def listen(server):
    return head("GET", "/api/v1/events", server.tokens["reader"])


def heard(connection):
    """Whether a listener's stream has begun."""
    connection.settimeout(30)
    return connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"", b"GET /heal"], ids=["silent", "in a header"])
def test_connections_that_rest_give_way_to_others(start_with, sent):
    server = start_with(connections=20)
    with many(server.port, 60, sent=sent) as connections:
        assert server.client(None)("GET", "/healthz").status_code == 200
        assert all_of(connections[0]) == b""


def test_a_connection_that_rested_after_its_request_gives_way_too(start_with):
    server = start_with(connections=20)
    with many(server.port, 20, sent=head("GET", "/healthz")) as connections:
        assert all(heard(one) for one in connections)
        assert server.client(None)("GET", "/healthz").status_code == 200


def test_one_address_does_not_take_the_room_of_all(start_with):
    server = start_with(address_connections=5)
    with many(server.port, 5, ELSEWHERE, listen(server)) as listeners:
        assert all(heard(one) for one in listeners)
        with connected(server.port, ELSEWHERE) as one_more:
            status, headers, error = answer_of(one_more)
        assert (status, headers["retry-after"], error["error"]) == (503, "5", "busy")
        assert server.client(None)("GET", "/healthz").status_code == 200


def test_a_proxy_brings_as_many_as_there_are_behind_it(start_with):
    server = start_with(address_connections=5, proxies=[ELSEWHERE])
    with many(server.port, 10, ELSEWHERE, listen(server)) as listeners:
        assert all(heard(one) for one in listeners)


def test_where_no_room_can_be_made_it_is_said(start_with):
    server = start_with(connections=5)
    with many(server.port, 5, sent=listen(server)) as listeners:
        assert all(heard(one) for one in listeners)
        refused = server.client(None)("GET", "/healthz")
        assert (refused.status_code, refused.json()["error"]) == (503, "busy")
    until(lambda: server.client(None)("GET", "/healthz").status_code == 200)


def test_it_takes_as_many_descriptors_as_it_may(start_server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        server = start_server()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    found = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert found == (min(hard, 1 << 20), hard)


def test_without_descriptors_it_says_so_once_and_goes_on_when_there_are_some(start_server):
    server = start_server()
    open_files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (open_files + 5, hard))
    with many(server.port, 30), connected(server.port) as waiting:
        waiting.settimeout(3)
        waiting.sendall(head("GET", "/healthz"))
        with pytest.raises(TimeoutError):
            waiting.recv(100)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
        waiting.settimeout(30)
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")
    told = server.told()
    assert told.count("out of system resource") == 1
    assert len(told) < 20_000


def test_a_request_that_is_no_http_is_told_of_once_however_often_it_comes(start_server):
    server = start_server()
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(b"no request\r\n\r\n")
            connection.recv(100)
    assert server.told().count("Invalid HTTP request") == 1
