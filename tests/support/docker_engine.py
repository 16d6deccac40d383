"""A server of the Docker Engine's HTTP API, as far as it concerns one container's logs.

Like the engine it multiplexes stdout and stderr in frames (8 bytes of header: stream, three zeros, length), stamps
each piece, answers `follow` in chunks until the container ends, and takes `since`. It may be stopped, in the middle
of an answer too, and started again at the same port.
"""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

STREAMS = {"stdout": 1, "stderr": 2}
ID = "c0ffee" * 10 + "0000"


class Container:
    """What the engine keeps of a container."""

    def __init__(self, *, tty: bool = False) -> None:
        self.tty = tty
        self.changed = threading.Condition()
        self.pieces: list[tuple[int, str, bytes]] = []
        self.exit_code: int | None = None
        self.removed = False

    def write(self, stream: str, data: bytes, *, at: int | None = None) -> None:
        """One piece that the container wrote, at a time in nanoseconds."""
        with self.changed:
            self.pieces.append((time.time_ns() if at is None else at, stream, data))
            self.changed.notify_all()

    def exit(self, code: int, *, remove: bool = False) -> None:
        with self.changed:
            self.exit_code, self.removed = code, remove
            self.changed.notify_all()


class Engine:
    """The server, with its one container."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.port = 0
        self.asked: list[dict[str, str]] = []
        self.cuts_what_follows_logs = False
        """The next question while logs are sent gets no answer, as where the engine ends between the two."""
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """As when the engine is restarted: answers break off where they are."""
        server, self._server = self._server, None
        if server is None:
            return
        with self.container.changed:
            self.container.changed.notify_all()
        server.shutdown()
        self._thread.join()
        server.server_close()

    def runs(self, server: Any) -> bool:
        """Whether it has not been stopped since this server was started."""
        return self._server is server

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self):
                path = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(path.query).items()}
                if path.path.endswith("/version"):
                    self._answer({"ApiVersion": "1.45", "Version": "test"})
                elif engine.container.removed:
                    self._answer({"message": f"No such container: {ID}"}, 404)
                elif path.path.endswith("/json") and engine.cuts_what_follows_logs and engine.asked:
                    engine.cuts_what_follows_logs = False
                    self.close_connection = True
                elif path.path.endswith("/json"):
                    self._answer(self._inspected())
                elif path.path.endswith("/logs"):
                    if engine.runs(self.server):
                        engine.asked.append(query)
                    self._logs(query)

            def do_POST(self):
                container = engine.container
                with container.changed:
                    container.changed.wait_for(lambda: container.exit_code is not None or not engine.runs(self.server))
                    code = container.exit_code
                if code is None:
                    self.close_connection = True
                else:
                    self._answer({"StatusCode": code})

            def _inspected(self):
                ended = engine.container.exit_code is not None
                return {
                    "Id": ID,
                    "Name": "/trainer",
                    "Config": {"Tty": engine.container.tty, "Image": "train:1"},
                    "State": {"Status": "exited" if ended else "running", "ExitCode": engine.container.exit_code or 0},
                }

            def _logs(self, query):
                container = engine.container
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.docker.multiplexed-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                since = int(float(query.get("since", 0)) * 1e9)
                sent = 0
                while True:
                    with container.changed:
                        while len(container.pieces) == sent and engine.runs(self.server) and not self._is_last(query):
                            container.changed.wait()
                        pieces, last = container.pieces[sent:], self._is_last(query)
                    if not engine.runs(self.server):
                        self.close_connection = True
                        return
                    sent += len(pieces)
                    for at, stream, data in pieces:
                        if at >= since and query.get(stream) == "1":
                            self._chunk(engine.container, at, stream, data)
                    if last:
                        self.wfile.write(b"0\r\n\r\n")
                        return

            def _is_last(self, query):
                return query.get("follow") != "1" or engine.container.exit_code is not None

            def _chunk(self, container, at, stream, data):
                data = stamp(at) + b" " + data
                if not container.tty:
                    data = struct.pack(">BxxxL", STREAMS[stream], len(data)) + data
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
                self.wfile.flush()

            def _answer(self, value, status=200):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Nothing on stderr."""

        return Handler


def stamp(at: int) -> bytes:
    """A time as the engine writes it."""
    second = datetime.fromtimestamp(at // 1_000_000_000, tz=timezone.utc)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{at % 1_000_000_000:09}Z".encode()


@contextmanager
def engine(container: Container) -> Iterator[Engine]:
    server = Engine(container)
    try:
        yield server
    finally:
        server.stop()
