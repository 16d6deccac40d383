"""Every answer: what is said with it, how it is counted, and its line in the access log."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runlog.server.refusals import refusal_of
from runlog.server.service import Service

access_logger = logging.getLogger("runlog.server.access")

INERT = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""With every answer that does not say otherwise: whatever it holds, a browser runs nothing of it."""


class Observed:
    """An app whose answers are counted and logged."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        measures = self._service.measures
        began = time.perf_counter()
        status, sent = 0, 0

        async def observed(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                if (connection := scope.get("runlog.connection")) is not None and connection.awaits_body():
                    # Who goes on sending what nobody reads would have the connection for as long as it likes.
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in INERT if one[0] not in said)]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        with measures.under_way.track_inprogress():
            try:
                await self._app(scope, receive, observed)
            except Exception as error:  # the app answers its own errors: this one came before it, or on its way
                if status:
                    raise
                await refusal_of(error).response()(scope, receive, observed)
            finally:
                seconds = time.perf_counter() - began
                route = scope.get("runlog.route", "-")
                measures.requests.labels(scope["method"], route, str(status)).inc()
                measures.seconds.labels(scope["method"], route).observe(seconds)
                if access_logger.isEnabledFor(logging.INFO):
                    _log(scope, status, sent, seconds)


def _log(scope: Scope, status: int, sent: int, seconds: float) -> None:
    """A line for a request. Neither its query, which may hold what somebody searched for, nor any header is in it."""
    token = scope.get("runlog.token")
    client = scope.get("client")
    path = scope["path"].encode("unicode_escape").decode("ascii")
    access_logger.info(
        "%s %s %d %d bytes %.1f ms %s",
        scope["method"],
        path,
        status,
        sent,
        seconds * 1e3,
        token.name if token is not None else "-",
        extra={
            "method": scope["method"],
            "path": path,
            "status": status,
            "sent_bytes": sent,
            "milliseconds": round(seconds * 1e3, 3),
            "token": token.id if token is not None else "",
            "client": client[0] if client else "",
        },
    )
