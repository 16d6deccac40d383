"""A real HTTP server on loopback that answers what a test says, as an attacker's would that somebody was led to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

Answer = Any
"""Bytes are sent as they are, ``Packed`` as msgpack, a function is called with the path and the body, else it is JSON."""


class Packed:
    """Something that is answered as msgpack."""

    def __init__(self, content: object) -> None:
        self.content = content


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HostileServer

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        self.server.seen.append((self.command, path))
        found = self.server.answers.get(f"{self.command} {path}", self.server.answers.get(path))
        if callable(found):
            found = found(path, body)
        if found is None:
            self._send(404, b'{"error": "run_not_found", "message": "none", "detail": {}}')
        elif isinstance(found, Packed):
            self._send(200, msgspec.msgpack.encode(found.content), "application/msgpack")
        elif isinstance(found, bytes):
            self._send_part(found)
        else:
            self._send(200, json.dumps(found).encode())

    def _send_part(self, data: bytes) -> None:
        asked = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if asked[0] and not self.server.ignores_ranges:
            end = int(asked[2]) + 1 if asked[2] else len(data)
            self._send(206, data[int(asked[0]) : end], "application/octet-stream")
        else:
            self._send(200, data, "application/octet-stream")

    def _send(self, status: int, data: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class HostileServer(ThreadingHTTPServer):
    """Answers by path, or by method and path."""

    daemon_threads = True
    ignores_ranges = False

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = dict(answers)
        self.seen: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def hostile_server(answers: Mapping[str, Answer] | None = None) -> Iterator[HostileServer]:
    """One for a ``with`` block."""
    server = HostileServer(answers or {})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
