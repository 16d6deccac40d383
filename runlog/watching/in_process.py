"""``runlog.watch``: a function called when a metric of a run meets a condition."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from runlog.errors import RunStateError, WrongTypeError
from runlog.statuses import ENDED
from runlog.watching.condition import parse_condition
from runlog.watching.run_watch import RunWatch

if TYPE_CHECKING:
    from runlog.run import Run
    from runlog.watching.alert import Alert

INTERVAL = 0.5
"""Seconds between two looks at the run."""
_logger = logging.getLogger("runlog")


class ConditionWatch:
    """A condition that is being watched, until it is met, the run has ended, or :meth:`stop` is called."""

    def __init__(self, run: Run, condition: str, callback: Callable[[Run, Alert], object]) -> None:
        """Start the thread.

        Args:
            run: whose metric is watched.
            condition: as ``runlog watch --if`` takes it.
            callback: called with the run and an :class:`~runlog.watching.alert.Alert`.

        Raises:
            WrongTypeError: the callback can't be called.
            WrongValueError: the condition is none.
        """
        if not callable(callback):
            raise WrongTypeError(f"runlog.watch takes a function of (run, alert), not {type(callback).__name__}")
        self.alert: Alert | None = None
        """What was told; None as long as the condition was not met."""
        self._run = run
        self._callback = callback
        self._watch = RunWatch(run._backend, run.id, (), [parse_condition(condition)])
        self._looking = threading.RLock()  # the callback may end the run, which looks once more
        self._done = threading.Event()
        with contextlib.suppress(RunStateError):  # of a run that is not this process's own the thread sees the end
            run.on_end(self._at_end)
        threading.Thread(target=self._work, name="runlog-watch", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._done.set()

    def _work(self) -> None:
        while not self._done.wait(INTERVAL):
            self._look()

    def _at_end(self, run: Run, status: str) -> None:
        """Look at what was logged last: the process may be gone before the thread's turn."""
        self._look()
        self._done.set()

    def _look(self) -> None:
        with self._looking:
            if self._done.is_set():
                return
            try:
                alerts = self._watch.look()
                newest = self._watch.newest
                if alerts or (newest is not None and newest.status in ENDED):
                    self._done.set()
                for self.alert in alerts:
                    self._callback(self._run, self.alert)
            except Exception:
                self._done.set()
                _logger.exception("run %s: a watch of runlog.watch failed, and is over", self._run.id)


def watch(run: Run, condition: str, callback: Callable[[Run, Alert], object]) -> ConditionWatch:
    """Call a function once when a metric of a run meets a condition.

    A thread reads the run's journal twice a second, also where another process writes it: ``run.log`` itself does
    nothing more than before. The function is called in that thread, or as the run ends. What it raises is told on the
    logger ``runlog``. Azure ML has no such call.

    Args:
        run: whose metric is watched, from its first value on.
        condition: such as ``"loss > 10 for 3"``, ``"loss is nan"``, ``"no loss for 10m"``.
        callback: called with the run and an alert, which has ``metric``, ``value``, ``step``, ``time_ns`` and ``text``.

    Returns:
        the watch; its ``stop()`` ends it, and ``alert`` is what was told.

    Raises:
        WrongTypeError: the condition is no text, or the function can't be called.
        WrongValueError: the condition is none; the message says in which column.
    """
    return ConditionWatch(run, condition, callback)
