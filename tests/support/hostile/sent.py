"""Requests as real clients send them, with something hostile in one place, and what a server makes of them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from support.hostile.places import json_with, places
from support.hostile.proxy import Answer, Request, ask
from support.hostile.server import CPU_SECONDS, UNEXPECTED, WatchedServer
from support.hostile.values import Hostile

SENT_BY_ALL = {"host", "accept", "accept-encoding", "connection", "user-agent", "authorization"}
SPECIAL = (
    "range",
    "if-match",
    "if-none-match",
    "content-encoding",
    "content-type",
    "runlog-time",
    "runlog-sha256",
    "last-event-id",
)
LONGEST = 60_000
"""Bytes of a line of a request: a real server takes no more."""


class RequestPlace(NamedTuple):
    """A place in a request."""

    label: str
    request: Request
    change: Callable[[Request, Hostile], Request]

    def __repr__(self) -> str:
        return self.label


def request_places(sent: list[tuple[str, Request]]) -> list[RequestPlace]:
    """Every place of one request of each route: parts of the path, questions, headers, and what is in the body."""
    found: dict[str, RequestPlace] = {}
    for route, request in sent:
        for label, change in changes(request):
            found.setdefault(f"{route}: {label}", RequestPlace(f"{route}: {label}", request, change))
    return list(found.values())


def changes(request: Request) -> Iterator[tuple[str, Callable[[Request, Hostile], Request]]]:
    path, _, query = request.path.partition("?")
    for number in range(3, len(path.split("/"))):
        yield f"part {number} of the path", lambda one, hostile, number=number: with_part(one, number, hostile.text)
    names = {
        *dict(parse_qsl(query)),
        "limit",
        "cursor",
        "offset",
        "query",
        "q",
        "name",
        "axis",
        "low",
        "after",
        "run",
        "folder",
    }
    for name in sorted(names):
        yield f"the question {name}", lambda one, hostile, name=name: with_question(one, name, hostile.text)
    for name in sorted({*map(str.lower, request.headers), *SPECIAL} - SENT_BY_ALL - {"content-length"}):
        yield f"the header {name}", lambda one, hostile, name=name: with_header(one, name, hostile.text)
    if request.method in {"PUT", "POST", "DELETE"}:
        yield "the body", lambda one, hostile: one._replace(body=hostile.json)
    try:
        content = json.loads(request.body)
    except ValueError:
        return
    for place in places(content):
        yield (
            f"json {place!r}",
            lambda one, hostile, place=place: one._replace(body=json_with(json.loads(one.body), place, hostile)),
        )


def with_part(request: Request, number: int, text: str) -> Request:
    path, mark, query = request.path.partition("?")
    parts = path.split("/")
    parts[number] = quote(text.encode("utf-8", "surrogatepass"), safe="")[:LONGEST]
    return request._replace(path="/".join(parts) + mark + query)


def with_question(request: Request, name: str, text: str) -> Request:
    path, _, query = request.path.partition("?")
    asked = {**dict(parse_qsl(query)), name: text.encode("utf-8", "surrogatepass")}
    return request._replace(path=f"{path}?{urlencode(asked)}"[:LONGEST])


def with_header(request: Request, name: str, text: str) -> Request:
    value = text.encode("utf-8", "surrogatepass").decode("latin-1")[:LONGEST]
    kept = "".join(one for one in value if one.isprintable())
    return request._replace(headers={**request.headers, name: kept})


def attack_request(server: WatchedServer, place: RequestPlace, hostile: Hostile) -> list[str]:
    """Send the request with the hostile value; what is amiss then."""
    request = place.change(place.request, hostile)
    request = request._replace(
        headers={**request.headers, "Authorization": f"Bearer {server.process.tokens['writer']}"}
    )
    before = server.cpu()
    try:
        answer = ask(server.process.port, request)
    except (http.client.HTTPException, ConnectionError):  # it hung up on something that is no request
        answer = Answer("", 400, {}, b"")
    spent = server.cpu() - before
    found = []
    if answer.status in UNEXPECTED:
        found.append(f"{request.method} {request.path[:200]}: {answer.status} {answer.body[:200]!r}")
    if spent > CPU_SECONDS:
        found.append(f"it took {spent:.1f} s")
    return found + server.faults()
