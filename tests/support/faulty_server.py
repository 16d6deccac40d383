"""``python faulty_server.py TARGET MODE_FILE``: a real HTTP server that misbehaves as a file says, or hands on to another.

It prints its port. Each request looks into the file anew.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

STATUSES = {
    *("400", "401", "403", "404", "405", "409", "411", "413", "414", "415", "422", "429", "451"),
    *("500", "502", "503", "504"),
}
SLOW = 0.5
"""Seconds between two bytes of an answer that never ends."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def answer(self) -> None:
        mode = self.server.mode.read_text().strip()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if mode != "unread" else b""
        what, _, status = mode.partition(" ")
        if what == "content":  # all else is handed on
            mode = status if self._brings_content() else "well"
        if mode == "earlier":  # a version that had not this part of the API
            mode = "404" if self.path.endswith(("/run-summaries", "/run-journals")) else "well"
        if mode in STATUSES:
            self._answer(int(mode), b'{"error": "said_so", "message": "a test says so", "detail": {}}')
        elif mode == "html":
            self._answer(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html")
        elif mode == "html-200":
            self._answer(200, b"<html>log in to the hotel's network</html>", "text/html")
        elif mode == "retry-after":
            self._answer(503, b'{"error": "busy", "message": "later", "detail": {}}', extra={"Retry-After": "3600"})
        elif mode == "truncated":
            self._raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        elif mode == "half-closed":
            self.close_connection = True
        elif mode == "garbage":
            self._raw(b"\x00\x01 this is no HTTP \xff\r\n\r\n")
        elif mode == "slow":
            self._slow()
        else:
            self._hand_on(body)

    def _brings_content(self) -> bool:
        return self.command == "PUT" and ("/blobs/" in self.path or "/files/" in self.path)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _answer(
        self, status: int, body: bytes, kind: str = "application/json", extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _raw(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def _slow(self) -> None:
        """Send a byte now and then, until the client has enough of it."""
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(SLOW)
        except OSError:
            return

    def _hand_on(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.server.target, timeout=60)
        try:
            connection.request(self.command, self.path, body or None, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
        except OSError:
            self.close_connection = True
            return
        finally:
            connection.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what is tested."""


def main(target: str, mode: str) -> None:
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.target, server.mode = urlsplit(target).netloc, Path(mode)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
