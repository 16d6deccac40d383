"""The part of a run that tells of its attempts, and calls back when the one of this process ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from runlog.errors import RunStateError, WrongTypeError
from runlog.run.base import RunBase

if TYPE_CHECKING:
    from runlog.attempts import Attempt
    from runlog.run import Run

F = TypeVar("F", bound="Callable[[Run, str], object]")


class RunAttempts(RunBase):
    """How often a run was begun, and what follows its end. Azure ML has neither."""

    _ended: str | None

    @property
    def attempt(self) -> int:
        """The number of the attempt, from 1: the one that this process takes part in, else the run's newest."""
        return self._held.opened.attempt if self._held is not None else max(1, self.state().attempts)

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, oldest first, each with its number, status, start, end and host.

        The end of an attempt that was killed is None: nobody was left to note the time.
        """
        return list(self.state().history)

    def on_end(self, callback: F) -> F:
        """Have a function called when this process ends the run; may be used as a decorator.

        It is called once, with the run and its status, also where an exception, ``sys.exit``, Ctrl-C or SIGTERM ends
        the run, but not at SIGKILL or ``os._exit``: ``runlog watch`` sees these from outside. The status is written by
        then, and what the function logs to the run is still kept as the run's. Of several the last one registered
        is called first. What they raise is told on the logger ``runlog`` and goes no further.

        Args:
            callback: called with (run, status).

        Returns:
            the function itself.

        Raises:
            WrongTypeError: it can't be called.
            RunStateError: another process owns the run, or it has ended.
        """
        if not callable(callback):
            raise WrongTypeError(f"run.on_end takes a function of (run, status), not {type(callback).__name__}")
        held = self._held
        if held is None or not held.opened.owner or held.pid != os.getpid():
            raise RunStateError(
                f"run {self.id} is not this process's own, so its end is not known here: runlog watch follows it"
            )
        if self._ended is not None:
            raise RunStateError(f"run {self.id} has ended as {self._ended}: call run.on_end before that")
        held.end_callbacks.append(callback)
        return callback
