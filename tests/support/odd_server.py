"""A real HTTP server on loopback whose answers are none of a runlog server's, each kind at an address of its own."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

DEEP = 100_000
HUGE = "9" * 5000
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        with suppress(OSError):  # a client that has enough goes away
            self.server.odd(self)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def give(self, status: int, body: bytes, kind: str = "application/json", **extra: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **extra}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def _json(text: str, status: int = 200, **extra: str) -> Answer:
    return lambda handler: handler.give(status, text.encode(), **extra)


def _msgpack(data: bytes) -> Answer:
    return lambda handler: handler.give(200, data, "application/msgpack")


def _of(content: object) -> Answer:
    """An object that has every field that any answer has, each of this value, as JSON or msgpack as it is asked for."""
    names = (
        *(
            "writers",
            "crashes",
            "items",
            "cursor",
            "names",
            "folders",
            "runs",
            "rest",
            "missing",
            "damaged",
            "encodings",
        ),
        *("version", "api", "caller", "limits", "status", "sha256", "length", "granted", "seconds", "id", "files"),
        *("workspace", "journal_versions", "revision", "error", "message", "detail", "troubles"),
    )
    fields = dict.fromkeys(names, content)

    def answer(handler: Handler) -> None:
        if handler.path.startswith(("/api/v1/run-states", "/api/v1/run-journals", "/api/v1/run-summaries")):
            handler.give(200, msgspec.msgpack.encode(fields), "application/msgpack")
        else:
            handler.give(200, json.dumps(fields).encode())

    return answer


def _endless(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"%x\r\n%s\r\n" % (1 << 20, b"[" * (1 << 20))
    while True:
        handler.wfile.write(piece)


def _without_end(handler: Handler) -> None:
    """Say of each page that there is a next one."""
    page = {"items": [], "names": [], "folders": [], "cursor": "again", "status": "ok"}
    if "/runs?" in handler.path or "/run-ids" in handler.path or "/records" in handler.path:
        handler.give(200, json.dumps(page).encode())
    else:
        handler.give(200, json.dumps({**page, "writers": [], "crashes": [], "encodings": ["gzip"]}).encode())


def _always_another(handler: Handler) -> None:
    """Say so with another cursor each time."""
    handler.server.count += 1
    page = {"items": [], "names": [], "folders": [], "cursor": f"next{handler.server.count}", "status": "ok"}
    handler.give(200, json.dumps({**page, "writers": [], "crashes": [], "encodings": ["gzip"]}).encode())


ODD: dict[str, Answer] = {
    "lists nested without end": _json("[" * DEEP),
    "maps nested deeply": _json('{"a":' * 900 + "1" + "}" * 900),
    "maps nested too deeply": _json('{"a":' * DEEP + "1" + "}" * DEEP),
    "a list": _json("[]"),
    "nothing": _json("null"),
    "a number": _json("5"),
    "a number of thousands of digits": _json(HUGE),
    "a number in each place": _of(5),
    "a negative number in each place": _of(-5),
    "a number beyond 64 bits in each place": _of((1 << 64) - 1),
    "no finite number in each place": _of(float("inf")),
    "not a number in each place": _of(float("nan")),
    "a text in each place": _of("x"),
    "an empty list in each place": _of([]),
    "a list of lists in each place": _of([[]]),
    "a list of numbers in each place": _of([5]),
    "a list of maps in each place": _of([{}]),
    "a list of lists of odd things in each place": _of([[5, "x", None, {}, []]]),
    "a map in each place": _of({"x": 5}),
    "true in each place": _of(content=True),
    "no body": _json(""),
    "no content": lambda handler: handler.give(204, b""),
    "a page of a portal": lambda handler: handler.give(200, b"<html>log in</html>", "text/html"),
    "bytes that are no text": _json("\ud800".encode("utf-8", "surrogatepass").decode("latin-1")),
    "msgpack nested too deeply": _msgpack(b"\x91" * DEEP + b"\xc0"),
    "msgpack that says it is huge": _msgpack(b"\xdd\xff\xff\xff\xff"),
    "the same page without end": _without_end,
    "another page without end": _always_another,
    "a body without end": _endless,
    "a small body that unfolds to much": lambda handler: handler.give(
        200, gzip.compress(b"[" * (16 << 20)), Content_Encoding="gzip"
    ),
    "a body of no known encoding": _json("{}", Content_Encoding="gzip"),
    "a redirect to itself": lambda handler: handler.give(302, b"", Location=handler.path),
    "a refusal nested too deeply": _json('{"error": "x", "detail": ' + "[" * DEEP + "]" * DEEP + "}", 400),
    "a refusal of odd fields": _json('{"error": "gap", "message": {"a": [1]}, "detail": {"length": 1e999}}', 409),
    "a refusal to come back at no time": _json('{"error": "busy", "message": 5}', 429, Retry_After=HUGE),
    "a refusal to come back before": _json('{"error": "busy"}', 503, Retry_After="-1e999"),
    "a fault nested too deeply": _json("[" * DEEP, 500),
    "a status that nobody knows": _json("{}", 299),
}
"""What comes back, whatever is asked."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, odd: Answer) -> None:
        self.odd = odd
        self.count = 0
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what is tested."""


@contextmanager
def odd_servers(names: list[str]) -> Iterator[dict[str, str]]:
    """The addresses of servers, by what they answer; ended with the block."""
    with ExitStack() as stack:
        addresses = {}
        for name in names:
            server = _Server(ODD[name])
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            stack.callback(thread.join, 10)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            addresses[name] = f"http://127.0.0.1:{server.server_address[1]}"
        yield addresses
