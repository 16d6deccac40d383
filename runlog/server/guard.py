"""Who is let in: every request passes here before anything else sees it, and what is not allowed by name is refused."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runlog.server.pace import Paced
from runlog.server.refusals import RefusalError
from runlog.server.roles import Role
from runlog.server.service import Service
from runlog.server.tokens import Token

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OWNER = Token("local", "local", Role.ADMIN, 0, None, None)
"""Stands for whoever runs a server for himself."""
NOBODY = Token("", "-", Role.READER, 0, None, None)
_OWN_NAMES = ("localhost",)
_CHECKED = frozenset({"host", "origin", "authorization", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"})
_WANTED = "send one that `runlog token create` made, as Authorization: Bearer rl_..."
_WANTED_OWN = (
    "this server is for whoever started it, and takes what follows #token= in the address that `runlog ui` printed"
)


class Allowed(NamedTuple):
    """A route of the app, and what it lets in."""

    route: Route
    role: Role | None
    """The least role that may call it; None: anybody may."""
    body_bytes: int | None
    """The most that a body may have; None: the endpoint counts it by itself."""


class Guard:
    """The app behind its checks: name, origin, token, role."""

    def __init__(self, app: ASGIApp, service: Service, table: Sequence[Allowed]) -> None:
        """Put the checks before an app.

        Args:
            app: what is guarded.
            service: has the tokens and the settings.
            table: what may be called, and by whom. A route that is not in it is refused to everybody.
        """
        self._app = app
        self._service = service
        self._table = table
        own = () if service.own_token else (socket.gethostname().lower(), socket.getfqdn().lower())
        self._names = {*_OWN_NAMES, *own, *(name.lower() for name in service.settings.hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here speaks WebSocket: the handshake is refused
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            allowed = await self._check(scope)
        except RefusalError as refusal:
            await refusal.response()(scope, receive, send)
            return
        limit, settings = allowed.body_bytes, self._service.settings
        paced = Paced(receive, settings.body_seconds, settings.body_rate)
        await self._app(scope, paced if limit is None else _limited(paced, limit), send)

    async def _check(self, scope: Scope) -> Allowed:
        headers = _headers(scope)
        scope["runlog.token"], scope["runlog.route"] = NOBODY, "-"
        self._check_host(headers.get("host", ""))
        self._check_origin(scope["method"], headers)
        allowed = self._find(scope)
        if allowed is not None:
            scope["runlog.route"] = allowed.route.path
            if allowed.role is None:
                return allowed
        token = await self._token(headers.get("authorization", ""))
        scope["runlog.token"] = token
        if allowed is None:
            raise RefusalError(404, "not_found", "nothing is served under this address")
        if allowed.role is not None and token.role < allowed.role:
            needed = f"this needs the role {allowed.role.word}"
            raise RefusalError(403, "forbidden", f"{needed}; the token {token.name!r} is a {token.role.word}'s")
        return allowed

    def _find(self, scope: Scope) -> Allowed | None:
        """The route that will answer. One that the app has and this does not know is found by nobody."""
        partial: list[Allowed] = []
        for allowed in self._table:
            match, _ = allowed.route.matches(scope)
            if match is Match.FULL:
                return allowed
            if match is Match.PARTIAL:
                partial.append(allowed)
        if not partial:
            return None
        strictest = max(
            partial, key=lambda one: one.role or 0
        )  # it will be told that this method is none of the path's
        return strictest._replace(role=strictest.role or Role.READER)

    async def _token(self, authorization: str) -> Token:
        scheme, _, secret = authorization.partition(" ")
        given = secret.strip() if scheme.lower() == "bearer" else ""
        if own := self._service.own_token:
            token = OWNER if hmac.compare_digest(given.encode(), own.encode()) else None
        else:
            token = await self._service.known_tokens.find(given) if given else None
        if token is None:
            why = "a token is needed" if not authorization else "the token is not, or no longer, one of this server's"
            raise RefusalError(
                401,
                "unauthorized",
                f"{why}: {_WANTED_OWN if own else _WANTED}",
                headers={"WWW-Authenticate": 'Bearer realm="runlog"'},
            )
        if not own:
            self._service.keeper.uses(token)
        return token

    def _check_host(self, host: str) -> None:
        """Refuse a name that is not this server's: a page elsewhere may have its own name lead here."""
        name = _name_in(host)
        address = _address(name)
        if name in self._names:
            return
        if address is not None and (address.is_loopback or not self._service.own_token):
            return
        raise RefusalError(
            421, "wrong_host", f"this server is not called {host[:80]!r}: add the name to its setting `hosts`"
        )

    def _check_origin(self, method: str, headers: dict[str, str]) -> None:
        """Refuse what a web page of another server sends."""
        origin = headers.get("origin")
        same_site = headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        if origin is None and (same_site or (method in SAFE_METHODS and _is_followed_link(headers))):
            return
        if origin is not None and (
            origin in self._service.settings.origins or _is_own(origin, headers.get("host", ""))
        ):
            return
        told = repr((origin or "")[:80])
        raise RefusalError(
            403, "wrong_origin", f"a page of {told} may not call this server: add the origin to its setting `origins`"
        )


def _is_followed_link(headers: dict[str, str]) -> bool:
    """Whether somebody went here from another page: what a page loads by itself would only make the server work."""
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest", "document")) == ("navigate", "document")


def _limited(receive: Receive, limit: int) -> Receive:
    """What is received of a request, refused once its body is over the limit."""
    left = limit

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"the body is over {limit} bytes, which is the limit here")
        return message

    return limited


def _headers(scope: Scope) -> dict[str, str]:
    """The headers that are checked; of one that comes twice, nothing that could pass."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1")
        if name in _CHECKED:
            found[name] = "twice" if name in found else raw_value.decode("latin-1")
    return found


def _name_in(host: str) -> str:
    """The name in a ``Host``, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_own(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower() != ""
