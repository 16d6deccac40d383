"""Which journals are being read just now: each by one thread, and nobody waits long for that of another."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from runlog.journal import real_time

PATIENCE = 2.0
"""Seconds from its beginning for which the reading of a journal is waited for; then answers go without its news."""


class Readings:
    """The journals that threads of this process are reading."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._begun: dict[Hashable, float] = {}
        self._changed = threading.Condition()
        self._pid = os.getpid()

    @contextmanager
    def reading(self, key: Hashable) -> Iterator[bool]:
        """Read a journal within the block; False where another thread is reading it: leave it alone then.

        Args:
            key: which journal it is.
        """
        if self._pid != os.getpid():  # the threads that were at it stayed with the parent
            self._reset()
        with self._changed:
            is_mine = key not in self._begun
            if is_mine:
                self._begun[key] = real_time.monotonic()
        try:
            yield is_mine
        finally:
            if is_mine:
                with self._changed:
                    self._begun.pop(key, None)
                    self._changed.notify_all()

    def wait(self, key: Hashable) -> bool:
        """Wait for another thread to have read a journal; False where that takes longer than anybody waits for."""
        with self._changed:
            while (begun := self._begun.get(key)) is not None:
                left = begun + PATIENCE - real_time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        return True
