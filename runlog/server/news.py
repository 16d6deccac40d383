"""What changes among the runs: one thread looks, and everybody who listens is told of the same."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property

from runlog.journal import real_time
from runlog.server.answers import json_bytes
from runlog.store.contract import Changes

EVERY = 0.5
"""Seconds between two looks, while somebody listens."""
HELD = 10_000
"""Runs whose changes are held for those who are behind; who is further behind asks the store."""
LATE = 10.0
"""Seconds after which a look that was asked for is waited for no longer."""
_logger = logging.getLogger("runlog.server")


class Batch:
    """What one look found, written as JSON once for all who are told of it."""

    def __init__(self, before: int, changes: Changes) -> None:
        """Of changes after a revision."""
        self.before = before
        self.changes = changes

    @cached_property
    def text(self) -> str:
        """The ids of the runs that changed, and of those that were deleted."""
        return json_bytes({"changed": self.changes.run_ids, "deleted": self.changes.deleted}).decode()


class News:
    """The changes of late. For one thread, that of the event loop, but for :meth:`publish`."""

    def __init__(self, look: Callable[[], None]) -> None:
        """Nothing is known yet.

        Args:
            look: asks for a look that begins from now on.
        """
        self._ask = look
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batches: deque[Batch] = deque()
        self._looked = asyncio.Event()
        self._changed = asyncio.Event()
        self.revision = 0
        """As of the last look."""

    def begin(self) -> None:
        """Belong to the event loop that runs."""
        self._loop = asyncio.get_running_loop()

    def publish(self, before: int, changes: Changes) -> None:
        """Tell what a look found, from any thread.

        Args:
            before: the revision that was known before it.
            changes: since then; there may be none.
        """
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, Batch(before, changes))

    async def fresh(self) -> None:
        """Wait for a look that has begun from now on, but not for ever."""
        for _ in range(2):  # the first may have begun before
            looked = self._looked
            self._ask()
            try:
                await asyncio.wait_for(looked.wait(), LATE)
            except asyncio.TimeoutError:
                return

    def holds(self, known: int) -> bool:
        """Whether all that changed after a revision is held here."""
        return known == self.revision or bool(self._batches and known >= self._batches[0].before)

    def after(self, known: int) -> Batch | None:
        """What changed after a revision, which is held here; None: nothing did."""
        batches = [one for one in self._batches if one.changes.revision > known]
        if len(batches) <= 1:
            return batches[0] if batches else None
        return Batch(known, _joined(one.changes for one in batches))

    async def wait(self, seconds: float) -> None:
        """Wait for changes, but no longer than so many seconds."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except asyncio.TimeoutError:
            return

    def _take(self, batch: Batch) -> None:
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()
        if batch.changes.revision == self.revision:
            return
        if batch.before != self.revision:
            self._batches.clear()
        self.revision = batch.changes.revision
        self._batches.append(batch)
        while sum(_size(one) for one in self._batches) > HELD and len(self._batches) > 1:
            self._batches.popleft()
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Watcher:
    """The thread that looks, as long as somebody listens."""

    def __init__(self, changes: Callable[[int], Changes], is_wanted: Callable[[], bool]) -> None:
        """Nothing is looked at yet.

        Args:
            changes: gives what changed after a revision.
            is_wanted: whether somebody listens.
        """
        self._changes = changes
        self._is_wanted = is_wanted
        self._known = 0
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="runlog-watcher", daemon=True)
        self.news = News(self.ask)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask(self) -> None:
        """Have a look begun from now on. It waits for nothing."""
        self._asked.set()

    def stop(self) -> None:
        """Look no more; a look under way ends by itself."""
        self._stopping.set()
        self._asked.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._asked.wait(EVERY if self._is_wanted() else None)
            self._asked.clear()
            began = real_time.monotonic()
            try:
                changes = self._changes(self._known)
                self.news.publish(self._known, changes)
                self._known = changes.revision
            except Exception:  # this thread serves all who listen: what is wrong with one run must not end it
                _logger.exception("the runs can't be looked at for those who listen")
            # Who asks again and again gets one look in a while, and has the processor no more than others.
            self._stopping.wait(max(0.0, began + EVERY / 10 - real_time.monotonic()))


def _joined(found: Iterable[Changes]) -> Changes:
    """Several changes as one: a run counts as what it became last."""
    last: dict[str, bool] = {}
    revision = 0
    for one in found:
        revision = one.revision
        for ids, is_there in ((one.run_ids, True), (one.deleted, False)):
            for run_id in ids:
                last.pop(run_id, None)
                last[run_id] = is_there
    there = [run_id for run_id, is_there in last.items() if is_there]
    return Changes(revision, there, [run_id for run_id in last if not last[run_id]])


def _size(batch: Batch) -> int:
    return len(batch.changes.run_ids) + len(batch.changes.deleted)
