"""The lock of a writer's slow path, which a thread can't deadlock on by entering it twice."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 5.0
"""Seconds that a caller waits for another thread's slow path before it goes to the overflow stream instead."""


class Gate:
    """Mutual exclusion that turns a re-entrant caller away instead of blocking it.

    A signal handler, a ``__del__`` or a trace function may log while its own thread is inside the slow path. An
    ordinary lock would deadlock, an RLock would let it see half-changed state. Here the action is refused, and the
    caller writes to the overflow stream. An exception out of a signal handler leaves the gate as it was.
    """

    __slots__ = ("_aside", "_busy", "_lock")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._busy = False
        self._aside: set[int] = set()

    def run(self, action: Callable[[], T], refused: Callable[[], T]) -> T:
        """Run ``action`` alone; or ``refused``, where this thread is inside already or another stays too long."""
        if self._aside and threading.get_ident() in self._aside:
            return refused()
        if self._busy and not self._comes_free():
            return refused()
        with self._lock:  # no signal handler runs between taking a lock by `with` and the block, unlike with acquire()
            if not self._busy:
                self._busy = True
                try:
                    return action()
                finally:
                    self._busy = False
        return refused()

    def aside(self, action: Callable[[], None]) -> None:
        """Run something that takes locks which the slow path takes too, outside of the gate.

        A finalizer that logs meanwhile, in this thread, is refused: it would wait for what its own thread holds.
        """
        thread = threading.get_ident()
        self._aside.add(thread)
        try:
            action()
        finally:
            self._aside.discard(thread)

    def _comes_free(self) -> bool:
        """Wait while somebody is inside. False where that takes too long (this thread itself is let through)."""
        if sys.is_finalizing():  # the thread inside was a daemon, and never runs again
            return False
        came = True
        try:
            self._lock.acquire(timeout=PATIENCE)
        finally:
            try:
                self._lock.release()
            except RuntimeError:  # it was not taken
                came = False
        return came
