"""Runs at a glance for many who follow the same run: it is read once for each of its revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from anyio import to_thread

HELD = 256
"""Runs whose newest glance is held."""


class _Shared(NamedTuple):
    revision: int
    reading: asyncio.Task[str | None]


class SharedGlances:
    """What was read of late. For one thread: that of the event loop."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        """Nothing is read yet.

        Args:
            read: gives a run as JSON; None where there is none. It is called in a thread.
        """
        self._read = read
        self._shared: dict[str, _Shared] = {}

    async def of(self, run_id: str, revision: int) -> str | None:
        """A run as it was at a revision, or later; None where there is none."""
        shared = self._shared.pop(run_id, None)
        if shared is None or shared.revision < revision or (shared.reading.done() and shared.reading.exception()):
            shared = _Shared(revision, asyncio.create_task(to_thread.run_sync(self._read, run_id)))
        self._shared[run_id] = shared
        if len(self._shared) > HELD:
            del self._shared[next(iter(self._shared))]
        return await asyncio.shield(shared.reading)
