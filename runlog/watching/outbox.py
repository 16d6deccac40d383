"""Alerts on their way to one target: in order, in a thread of their own, tried again until they arrive."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable
from typing import Protocol

from runlog.journal import real_time
from runlog.watching.alert import Alert

RETRY_FOR = 86_400.0
"""Seconds for which an alert is tried again: over a weekend's first day a broken receiver gets noticed."""
FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0


class NotDelivered(Exception):  # noqa: N818 - it ends a try, not the program
    """An alert did not arrive; ``retry_after`` says when to try again, None that it never will."""

    def __init__(self, why: str, retry_after: float | None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Target(Protocol):
    """Where alerts go."""

    @property
    def label(self) -> str:
        """What messages call it; without secrets."""

    def deliver(self, alert: Alert) -> None:
        """Deliver an alert; blocks.

        Raises:
            NotDelivered: it did not arrive.
        """

    def stop(self) -> None:
        """Break off what :meth:`deliver` is doing in another thread."""


class Outbox:
    """Delivers to one target. Nothing here raises into the caller; what goes wrong is said."""

    def __init__(
        self,
        target: Target,
        say: Callable[[str], None],
        *,
        retry_for: float = RETRY_FOR,
        first_delay: float = FIRST_DELAY,
    ) -> None:
        """Start the thread.

        Args:
            target: where alerts go.
            say: takes a line for people.
            retry_for: seconds for which an alert is tried again.
            first_delay: seconds before it is tried the second time; doubled each time, up to a minute.
        """
        self.target = target
        self.failed = 0
        """Alerts that were given up."""
        self._say = say
        self._retry_for = retry_for
        self._first_delay = first_delay
        self._waiting: queue.Queue[Alert | None] = queue.Queue()
        self._pending = 0
        self._guard = threading.Condition()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="runlog-outbox", daemon=True)
        self._thread.start()

    def put(self, alert: Alert) -> None:
        """Have an alert delivered."""
        with self._guard:
            self._pending += 1
        self._waiting.put(alert)

    @property
    def pending(self) -> int:
        """Alerts that have neither arrived nor been given up."""
        with self._guard:
            return self._pending

    def wait(self) -> None:
        """Wait until nothing is pending."""
        with self._guard:
            while self._pending and not self._stopped.is_set():
                self._guard.wait(0.5)  # not for ever: Ctrl-C is to be heard everywhere

    def stop(self) -> None:
        """End the thread; what is pending is not delivered."""
        self._stopped.set()
        self._waiting.put(None)
        self.target.stop()
        self._thread.join(1.0)

    def _work(self) -> None:
        while (alert := self._waiting.get()) is not None and not self._stopped.is_set():
            arrived = self._deliver(alert)
            with self._guard:
                self._pending -= arrived is not None
                self.failed += arrived is False
                self._guard.notify_all()

    def _deliver(self, alert: Alert) -> bool | None:
        """Try until the alert arrives (True), is given up (False), or the outbox is stopped (None)."""
        delay, until, tries = self._first_delay, real_time.monotonic() + self._retry_for, 0
        while not self._stopped.is_set():
            tries += 1
            try:
                self.target.deliver(alert)
            except NotDelivered as error:
                if self._stopped.is_set():
                    return None
                pause = delay * random.uniform(0.5, 1.0) if not error.retry_after else error.retry_after
                if error.retry_after is None or real_time.monotonic() + pause > until:
                    self._say(f"{self.target.label}: {error}; given up: {alert.text}")
                    return False
                if tries == 1:
                    self._say(f"{self.target.label}: {error}; it is tried again in the background")
                self._stopped.wait(pause)
                delay = min(2 * delay, LONGEST_DELAY)
            except Exception as error:  # a fault of the target's own must not end the thread
                self._say(f"{self.target.label}: {type(error).__name__}: {error}; given up: {alert.text}")
                return False
            else:
                if tries > 1:
                    self._say(f"{self.target.label}: delivered at try {tries}: {alert.text}")
                return True
        return None
