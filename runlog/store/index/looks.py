"""When all runs of a folder are looked at again: in a large one that takes a while, and many ask at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from runlog.journal import real_time

FEW = 2_000
"""Runs that are looked at each time: it takes some milliseconds."""
MOMENT = 0.25
"""Seconds that a look of somebody else is waited for."""
LONGEST_REST = 10.0
"""Seconds after which all runs are looked at again at the latest, however long a look takes."""


class Looks:
    """Which runs the next look is at. Threads may share one."""

    def __init__(self, rest: float = 0.0, elsewhere: Callable[[], None] | None = None) -> None:
        """Nothing was looked at yet.

        Args:
            rest: how many times its own length a look at all runs is good for; meanwhile only those runs are looked at
                that were noted. 0: each look is at all runs.
            elsewhere: asks somebody, who has a thread for it, to look at all runs where they are many.
        """
        self._rest = rest
        self._lock = threading.Lock()
        self._noted: set[str] = set()
        self._at: Counter[str] = Counter()
        self._due = 0.0
        self._elsewhere = elsewhere
        self._are_many = False
        self._rounds = 0
        self._looked = threading.Condition(self._lock)
        self.turn = threading.Lock()
        """Held by who looks at all runs, and not while what they hold is read: a second one need not look again."""

    def note(self, run_id: str) -> None:
        """Have the next look be at this run, whether it is at all of them or not. It waits for nothing."""
        with self._lock:
            self._noted.add(run_id)

    def take(self) -> set[str] | None:
        """The runs that are to be looked at now, those that others are still reading among them; None for all."""
        with self._lock:
            noted, self._noted = self._noted, set()
            return None if real_time.monotonic() >= self._due else noted | self._at.keys()

    def is_looked_elsewhere(self) -> bool:
        """Whether others look at all runs. Where that is due they are asked to, and waited for a moment."""
        with self._lock:
            if self._elsewhere is None or not self._are_many or not self._due:
                return False
            if real_time.monotonic() >= self._due:
                rounds = self._rounds
                self._elsewhere()
                self._looked.wait_for(lambda: self._rounds != rounds, MOMENT)
            return True

    @contextmanager
    def noted(self) -> Iterator[set[str]]:
        """The runs that were noted, and those that others are reading: who comes meanwhile gets them, too."""
        with self._lock:
            mine, self._noted = self._noted, set()
            which = mine | self._at.keys()
            self._at.update(mine)
        try:
            yield which
        finally:
            with self._lock:
                self._at -= Counter(mine)

    @contextmanager
    def at(self, run_ids: Collection[str]) -> Iterator[None]:
        """Read runs within the block: who looks meanwhile waits for them, or reads them, too."""
        with self._lock:
            self._at.update(run_ids)
        try:
            yield
        finally:
            with self._lock:
                self._at -= Counter(run_ids)

    def looked_at_all(self, runs: int, seconds: float) -> None:
        """Tell that all runs were looked at: how many they are, and how long that took."""
        rest = 0.0 if runs < FEW else min(self._rest * seconds, LONGEST_REST)
        with self._lock:
            self._due = real_time.monotonic() + rest
            self._are_many = runs >= FEW
            self._rounds += 1
            self._looked.notify_all()

    def forget(self) -> None:
        """Have the next look be at all runs."""
        with self._lock:
            self._due = 0.0
