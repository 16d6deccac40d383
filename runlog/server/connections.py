"""Connections that take their time: the header of a request must come whole within some seconds, and be no monster."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

LONGEST_HEADER = 1 << 16
"""Bytes of a request before its body."""
_REFUSAL = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def protocol_with(header_seconds: float) -> type[HttpToolsProtocol]:
    """The protocol of a server's connections.

    Args:
        header_seconds: how long the header of a request may take, from the connection's start, or from its first byte.
    """

    class Protocol(_WatchedProtocol):
        patience = header_seconds

    return Protocol


class _WatchedProtocol(HttpToolsProtocol):
    """What uvicorn has no limit for: it waits for ever for a header, and keeps all that comes of one."""

    patience = 0.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._late: asyncio.TimerHandle | None = None
        self._awaits_header = True
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a header."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Take what came, and see whether too much of a header did."""
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
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another request."""
        self._awaits_header = True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._expect_no_more()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._late = self.loop.call_later(self.patience, self._refuse, b"408 Request Timeout")

    def _expect_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: bytes) -> None:
        self._expect_no_more()
        if not self.transport.is_closing():
            self.transport.write(_REFUSAL % status)
            self.transport.close()
