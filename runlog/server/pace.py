"""The pace of a request's body: it comes as fast as the slowest line that is waited for, or it is refused."""

from __future__ import annotations

import anyio
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from runlog.journal import real_time


class Paced:
    """What is received of a request, refused once the other side lets it wait too long.

    Only the time counts in which bytes are waited for: what the server does with them is none of the sender's delays.
    """

    def __init__(self, receive: Receive, seconds: float, rate: float) -> None:
        """Nothing was received yet.

        Args:
            receive: what is received.
            seconds: for which it may be waited for in all, beside the time that its bytes have.
            rate: bytes a second that give it more time.
        """
        self._receive = receive
        self._left = seconds
        self._rate = rate
        self._is_whole = False

    async def __call__(self) -> Message:
        """The next message.

        Raises:
            HTTPException: it did not come in time.
        """
        if self._is_whole:  # what is waited for now is the connection's end
            return await self._receive()
        began = real_time.monotonic()
        with anyio.move_on_after(self._left) as waiting:
            message = await self._receive()
        if waiting.cancelled_caught:
            raise HTTPException(408, "the body comes too slowly, or not at all: send it again")
        self._left += len(message.get("body", b"")) / self._rate - (real_time.monotonic() - began)
        self._is_whole = not message.get("more_body", False)
        return message
