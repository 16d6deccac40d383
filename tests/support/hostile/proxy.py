"""A server that hands every request on to a real one, and has something hostile in one place of its answers."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec

from support.hostile.places import Place, json_with, msgpack_with, places
from support.hostile.values import Hostile

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "accept-encoding", "host"}
DATED = {"date", "server", "x-request-id"}


class Answer(NamedTuple):
    """What the real server answered."""

    route: str
    status: int
    headers: dict[str, str]
    body: bytes

    def content(self) -> tuple[str, Any]:
        """How the body is written, and what is in it."""
        kind = self.headers.get("content-type", "")
        try:
            if "msgpack" in kind:
                return "msgpack", msgspec.msgpack.decode(self.body)
            return "json", json.loads(self.body)
        except (ValueError, msgspec.MsgspecError):
            return "bytes", self.body


class Request(NamedTuple):
    """What a client asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Change = Callable[[Answer, Hostile], Answer]


class AnswerPlace(NamedTuple):
    """A place in the answers of a route."""

    route: str
    label: str
    change: Change

    def __repr__(self) -> str:
        return f"{self.route}: {self.label}"


class Proxy:
    """Listens at a port of its own."""

    def __init__(self, port: int, templates: list[str]) -> None:
        self.real = port
        self.answers: list[Answer] = []
        self.requests: list[Request] = []
        self.answer: Answer | None = None
        """What is answered to everything, instead of the real server's answers."""
        self.attack: tuple[AnswerPlace, Hostile] | None = None
        self._templates = [(one, re.compile(pattern_of(one))) for one in sorted(templates, key=openness)]
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the client has left
                    self.close_connection = True

            def handle_any(self) -> None:
                proxy.hand_on(self)

        for method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
            setattr(Handler, f"do_{method}", Handler.handle_any)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def route_of(self, method: str, path: str) -> str:
        bare = path.partition("?")[0]
        return f"{method} " + next((one for one, pattern in self._templates if pattern.fullmatch(bare)), bare)

    def hand_on(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.command, handler.path, dict(handler.headers.items()), body_of(handler))
        self.requests.append(request)
        if self.answer is not None:
            reply(handler, self.answer)
            return
        answer = ask(self.real, request, self.route_of(handler.command, handler.path))
        self.answers.append(answer)
        if self.attack is not None and self.attack[0].route == answer.route:
            place, hostile = self.attack
            answer = place.change(answer, hostile)
        reply(handler, answer)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def openness(template: str) -> tuple[int, str]:
    """How many names of a path are left open: what names most is looked at first."""
    return template.count("{"), template


def pattern_of(template: str) -> str:
    return re.sub(r"\\\{\w+(:path)?\\\}", lambda found: ".+" if found[1] else "[^/]+", re.escape(template))


def body_of(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int(handler.rfile.readline(), 16):
            parts.append(handler.rfile.read(size))
            handler.rfile.readline()
        handler.rfile.readline()
        return b"".join(parts)
    return handler.rfile.read(int(handler.headers.get("content-length") or 0))


def ask(port: int, request: Request, route: str = "") -> Answer:
    """Ask the real server."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(request.body))}.items():
            connection.putheader(name, value)
        connection.endheaders(request.body)
        answer = connection.getresponse()
        body = answer.read()
        kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in HOP}
        return Answer(route, answer.status, kept, body)
    finally:
        connection.close()


def reply(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response(answer.status)
    length = answer.headers.get("content-length", str(len(answer.body)))
    for name, value in {**answer.headers, "content-length": length}.items():
        in_one_line = re.sub(r"[\r\n]", " ", value)
        handler.send_header(name, in_one_line.encode("latin-1", "replace").decode("latin-1"))
    if length != str(len(answer.body)):
        handler.send_header("Connection", "close")
        handler.close_connection = True
    handler.end_headers()
    if handler.command != "HEAD" and answer.status not in {204, 304}:
        handler.wfile.write(answer.body)


def answer_places(answers: list[Answer]) -> list[AnswerPlace]:
    """Every place of every answer: its status, its headers, and all that is in its body."""
    found: dict[str, AnswerPlace] = {}
    for answer in answers:
        for place in places_of(answer):
            found.setdefault(repr(place), place)
    return list(found.values())


STATUSES = (200, 201, 204, 206, 301, 307, 400, 401, 404, 409, 412, 413, 416, 429, 500, 503)


def places_of(answer: Answer) -> Iterator[AnswerPlace]:
    for status in STATUSES:
        yield AnswerPlace(
            answer.route, f"the status {status}", lambda one, hostile, status=status: one._replace(status=status)
        )
    for name in {*answer.headers, "content-length", "retry-after", "location", "content-encoding"} - DATED:
        yield AnswerPlace(
            answer.route, f"the header {name}", lambda one, hostile, name=name: with_header(one, name, hostile.text)
        )
    yield AnswerPlace(
        answer.route, "cut in half", lambda one, hostile: one._replace(body=one.body[: len(one.body) // 2])
    )
    yield AnswerPlace(answer.route, "the body", lambda one, hostile: one._replace(body=hostile.json))
    kind, content = answer.content()
    if kind != "bytes":
        for place in places(content):
            yield AnswerPlace(
                answer.route, f"{kind} {place!r}", lambda one, hostile, place=place: with_place(one, place, hostile)
            )


def with_header(answer: Answer, name: str, text: str) -> Answer:
    return answer._replace(headers={**answer.headers, name: text[:8_000]})


def with_place(answer: Answer, place: Place, hostile: Hostile) -> Answer:
    """The answer with a hostile value, where it has that place."""
    kind, content = answer.content()
    try:
        if kind == "bytes":
            return answer
        return answer._replace(body={"json": json_with, "msgpack": msgpack_with}[kind](content, place, hostile))
    except (AssertionError, TypeError, ValueError):  # this answer has no such place
        return answer


@contextmanager
def started_proxy(port: int, templates: list[str]) -> Iterator[Proxy]:
    """A proxy before the real server at a port."""
    proxy = Proxy(port, templates)
    try:
        yield proxy
    finally:
        proxy.close()
