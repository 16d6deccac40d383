"""A server that answers every request in the same way, and remembers what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listening:
    """What came to a server, and where it listens."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = server.server_address[1]
        self.came: list[tuple[str, dict[str, str]]] = []
        """The line and the headers of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def has_heard(self, text: str) -> bool:
        """Whether a text was in any header of any request, or in its line."""
        return any(text in line or any(text in one for one in headers.values()) for line, headers in self.came)


@contextmanager
def listening(status: int = 404, **headers: str) -> Iterator[Listening]:
    """A server for the block, at a free port."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            heard.came.append((self.requestline, dict(self.headers.items())))
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"{}")

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_CONNECT = answer  # noqa: N815 - so the library calls them

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard = Listening(server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()
