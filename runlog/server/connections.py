"""Connections that take their time: the header of a request must come whole within some seconds, and be no monster.

What is answered must be taken, too; and who is refused with a body unread has its connection closed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runlog.server.outgoing import Outgoing

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from runlog.server.admission import Admission

LONGEST_HEADER = 1 << 16
"""Bytes of a request before its body."""
_REFUSAL = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_FULL = msgspec.json.encode(
    {"error": "busy", "message": "the server has as many connections as it takes: come back in a moment", "detail": {}}
)
_NO_ROOM = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_FULL), _FULL)
)


def protocol_with(header_seconds: float, answer_seconds: float, admitted: Admission) -> type[HttpToolsProtocol]:
    """The protocol of a server's connections.

    Args:
        header_seconds: how long the header of a request may take, from the connection's start, or from its first byte.
        answer_seconds: how long an answer waits for the other side to take more of it.
        admitted: lets connections in, and counts them.
    """

    class Protocol(_WatchedProtocol):
        patience = header_seconds
        taking = answer_seconds
        admission = admitted

    return Protocol


class _WatchedProtocol(HttpToolsProtocol):
    """What uvicorn has no limit for: it waits for ever for a header, for a reader, and keeps all that comes of one."""

    patience = 0.0
    taking = 0.0
    admission: Admission

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._awaits_header = True
        self._header_bytes = 0
        self.is_gone = False
        """Whether the other side is no longer there."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a header, where there is room for another connection."""
        self._outgoing = Outgoing(transport, self.loop, self.taking, self.awaits_body)
        super().connection_made(self._outgoing)
        if self.admission.enter(self, self.client[0] if self.client else ""):
            self._expect()
        else:
            self._outgoing.write(_NO_ROOM)
            self._outgoing.close()

    def awaits_body(self) -> bool:
        """Whether more of a request's body is to come."""
        return self.cycle is not None and self.cycle.more_body

    def give_way(self) -> None:
        """Close: somebody else is to have this one's place."""
        self._expect_no_more()
        if self._outgoing.is_closing():
            self._outgoing.abort()
        self._outgoing.close()

    def data_received(self, data: bytes) -> None:
        """Take what came, and see whether too much of a header did."""
        if self._outgoing.is_closing():
            return
        if self._awaits_header:
            self._header_bytes += len(data)
            if self._late is None:
                self._expect()
        super().data_received(data)
        if self._awaits_header and self._header_bytes > LONGEST_HEADER:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        """The header is here: a body has a patience of its own."""
        self._awaits_header, self._header_bytes = False, 0
        self._expect_no_more()
        self.admission.works(self)
        self.scope["runlog.connection"] = self  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another request."""
        self._awaits_header = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It rests until the next request, where it has not come already."""
        if not self.pipeline:
            self.admission.rests(self)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """More is to be written than the other side takes: it has a while for it."""
        super().pause_writing()
        self._stuck = self.loop.call_later(self.taking, self._outgoing.abort)

    def resume_writing(self) -> None:
        """It took it."""
        super().resume_writing()
        self._take_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self.is_gone = True
        self._expect_no_more()
        self._take_no_more()
        self._outgoing.lost()
        self.admission.leave(self)
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._late = self.loop.call_later(self.patience, self._refuse, b"408 Request Timeout")

    def _expect_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _take_no_more(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _refuse(self, status: bytes) -> None:
        self._expect_no_more()
        if not self.transport.is_closing():
            self.transport.write(_REFUSAL % status)
            self.transport.close()
