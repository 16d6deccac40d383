"""A webhook's receiver on loopback, with answers that a test chooses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any, NamedTuple

HANG = 0
"""An answer that does not come before the server ends."""


class Received(NamedTuple):
    """One request."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


class Receiver:
    """Answers with the given statuses in turn, then with 200."""

    def __init__(self, *answers: int, headers: dict[str, str] | None = None) -> None:
        self.received: Queue[Received] = Queue()
        self._answers = list(answers)
        self._headers = headers or {}
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook/secret-path"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def next(self) -> Received:
        """The next request; fails where none comes within a minute."""
        return self.received.get(timeout=60)

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver._answers.pop(0) if receiver._answers else 200
                receiver.received.put(Received(dict(self.headers), body, self.path))
                if status == HANG:
                    receiver._over.wait()
                    return
                self.send_response(status)
                for name, value in receiver._headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Nothing on stderr."""

        return Handler


@contextmanager
def receiver(*answers: int, headers: dict[str, str] | None = None) -> Iterator[Receiver]:
    server = Receiver(*answers, headers=headers)
    try:
        yield server
    finally:
        server.stop()
