"""Connections that send a header slowly, never, or without end: they are closed, and others are answered meanwhile."""

from __future__ import annotations

import socket
import time

import pytest

PATIENCE = 5
HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def impatient(start_server, tmp_path):
    """A server that waits a second for a header."""
    return waiting_for(1, start_server, tmp_path)


@pytest.fixture
def patient(start_server, tmp_path):
    """A server that waits so long for a header that each that is sent at once comes in time, also to a busy machine."""
    return waiting_for(PATIENCE, start_server, tmp_path)


def waiting_for(seconds, start_server, folder):
    config = folder / "server.yaml"
    config.write_text(f"header_seconds: {seconds}\n")
    return start_server("--config", str(config))


def connected(server):
    found = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    found.settimeout(30)
    return found


def answer(connection) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def ask(connection) -> bytes:
    """A whole request, and its answer."""
    connection.sendall(HEAD + b"\r\n")
    told = b""
    while not told.endswith(b"}"):
        told += connection.recv(65_536)
    return told


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HEAD], ids=["nothing", "a beginning", "all but the end"])
def test_a_header_that_does_not_come_is_not_waited_for(impatient, sent):
    with connected(impatient) as connection:
        connection.sendall(sent)
        assert impatient.client(None)("GET", "/healthz").status_code == 200
        assert answer(connection).startswith(b"HTTP/1.1 408 ")


def test_a_header_that_comes_byte_by_byte_is_not_waited_for_longer(impatient):
    with connected(impatient) as connection:
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 - the other side closes at some byte
            while time.monotonic() - began < 30:
                connection.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - began < 20


def test_the_second_request_of_a_connection_has_no_more_time(patient):
    with connected(patient) as connection:
        assert ask(connection).startswith(b"HTTP/1.1 200 ")
        time.sleep(1.2 * PATIENCE)  # between requests a connection may rest
        assert ask(connection).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HEAD)
        assert answer(connection).startswith(b"HTTP/1.1 408 ")


def test_a_header_without_end_is_refused_before_it_fills_the_memory(impatient):
    with connected(impatient) as connection:
        with pytest.raises(OSError):  # noqa: PT012 - the other side closes at some piece
            connection.sendall(HEAD + b"X-Long: ")
            for _ in range(1000):
                connection.sendall(b"x" * 65_536)
        assert impatient.client(None)("GET", "/healthz").status_code == 200


def test_a_body_may_take_longer_than_a_header(patient):
    token = patient.tokens["writer"]
    with connected(patient) as connection:
        connection.sendall(
            b"POST /api/v1/blobs/missing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 14\r\nConnection: close\r\nAuthorization: Bearer " + token.encode() + b"\r\n\r\n"
        )
        for piece in (b'{"sha', b'256":', b" []}"):
            time.sleep(0.4 * PATIENCE)
            connection.sendall(piece)
        told = answer(connection)
    assert told.startswith(b"HTTP/1.1 200 "), told
