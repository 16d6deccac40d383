"""Requests written byte by byte, as no client library would send them."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

PATIENCE = 30
"""Seconds for what takes one, on a machine that is busy with other tests."""


@contextlib.contextmanager
def connected(port: int, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connection to this machine, from one of its own addresses."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0)) as connection:
        yield connection


def head(method: str, path: str, token: str | None = None, length: int | None = 0, **headers: str) -> bytes:
    """The header of a request; a length of None: its body comes in chunks."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def all_of(connection: socket.socket) -> bytes:
    """All that comes until the other side closes; a reset counts as that, too."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of the answer after which the other side closes."""
    told, _, body = all_of(connection).partition(b"\r\n\r\n")
    first, *lines = told.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body) if body else None


def drip(connection: socket.socket, piece: bytes = b" ", seconds: float = 2 * PATIENCE) -> bool:
    """Send a piece now and then until the other side closes; whether it did within so many seconds."""
    end = time.monotonic() + seconds
    connection.settimeout(0.1)
    while time.monotonic() < end:
        try:
            connection.sendall(piece)
            if not connection.recv(65_536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False
