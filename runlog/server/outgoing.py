"""The side of a connection that is written to: it ends so that its last answer arrives, and it ends in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

LINGER = 5.0
"""Seconds for which what is still sent is thrown away. To close while bytes are unread resets the connection, and the
other side loses an answer that it has not read yet."""


class Outgoing(asyncio.Transport):
    """A transport as uvicorn uses it, around the real one."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        patience: float,
        awaits_body: Callable[[], bool],
    ) -> None:
        """Put it around one.

        Args:
            transport: the real one.
            loop: it is used in.
            patience: seconds that the other side has to take what was written last.
            awaits_body: whether the other side has more of a request to send.
        """
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._patience = patience
        self._awaits_body = awaits_body
        self._end: asyncio.TimerHandle | None = None
        self.lingers = False
        """Whether what comes is to be thrown away."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """See the standard library's."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Whether it ends, or has ended."""
        return self._end is not None or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes, but none after the end."""
        if not self.lingers:
            self._transport.write(data)

    def pause_reading(self) -> None:
        """Take no bytes; at its end they are taken, to be thrown away."""
        if not self.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        if not self.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """End it, once what was written has been sent. Idempotent."""
        if self.is_closing():
            return
        self.lingers = self._awaits_body()
        if self.lingers:
            self._transport.resume_reading()
            self._transport.write_eof()
        else:
            self._transport.close()
        self._end = self._loop.call_later(LINGER if self.lingers else self._patience, self._transport.abort)

    def abort(self) -> None:
        """End it at once."""
        self._transport.abort()

    def lost(self) -> None:
        """Nothing is left to be ended."""
        if self._end is not None:
            self._end.cancel()
