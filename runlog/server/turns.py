"""Threads for requests: each token has some of them at once, and who asks for much waits behind its own requests."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from runlog.server.refusals import busy

if TYPE_CHECKING:
    from runlog.server.service import Service

T = TypeVar("T")


class _Queue:
    """The requests of one token."""

    def __init__(self, share: int) -> None:
        self.turns = asyncio.Semaphore(share)
        self.requests = 0


class Turns:
    """Who works, and who waits for it. For one thread: that of the event loop."""

    def __init__(self, threads: int, share: int) -> None:
        """Nobody works yet.

        Args:
            threads: for all requests. Python runs one of them at a time: more make the event loop wait for its turn.
            share: of them for one token.
        """
        self._threads = threads
        self._share = min(share, threads)
        self._limiter: CapacityLimiter | None = None
        self._queues: dict[str, _Queue] = {}

    async def run(self, holder: str, work: Callable[[], T], is_gone: Callable[[], bool]) -> T:
        """Do something in a thread, once it is the holder's turn.

        Args:
            holder: the id of a token.
            work: what to do.
            is_gone: whether nobody waits for it any more.

        Raises:
            RefusalError: nobody waits for it any more, so that it was not done.
        """
        limiter = self._limiter = self._limiter or CapacityLimiter(self._threads)
        queue = self._queues.setdefault(holder, _Queue(self._share))
        queue.requests += 1
        try:
            async with queue.turns:
                if is_gone():
                    raise busy("who asked for it is gone")
                return await to_thread.run_sync(work, limiter=limiter)
        finally:
            queue.requests -= 1
            if not queue.requests:
                del self._queues[holder]


def in_turn(function: Callable[..., Any], service: Service) -> Callable[..., Any]:
    """An endpoint whose work is done in a thread, in its token's turn; one that is a coroutine goes on as it is."""
    if inspect.iscoroutinefunction(function):
        return function

    @functools.wraps(function)
    async def waiting(*, request: Request, **arguments: Any) -> Any:
        connection = request.scope.get("runlog.connection")
        gone: Callable[[], bool] = lambda: connection is not None and connection.is_gone  # noqa: E731
        work = functools.partial(function, request=request, **arguments)
        answer: Awaitable[Any] = service.turns.run(request.scope["runlog.token"].id, work, gone)
        return await answer

    return waiting
