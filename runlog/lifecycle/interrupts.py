"""Ctrl-C while a run ends: it breaks off what takes long, and reaches the program once the end is written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

from runlog.journal import fork

Handler = Callable[[int, FrameType | None], object]


class HeldInterrupts:
    """Holds SIGINT back while it is entered, but for the steps that it is asked to do.

    What the program's own handler of the signal raises (``KeyboardInterrupt``, where it has none) breaks such a step
    off. At the end it is raised where the block stood, or handed to the handler if it was not called yet.
    """

    def __init__(self) -> None:
        self.broken_by: BaseException | None = None
        """What the handler raised."""
        self._waiting = False
        self._may_break = False
        self._depth = 0
        self._handler: Handler | None = None
        self._is_last = False

    @property
    def came(self) -> bool:
        """Whether the signal came, and has not reached the program yet."""
        return self._waiting or self.broken_by is not None

    def attempt(self, step: Callable[[], object], *, in_any_case: bool = False) -> bool:
        """Do a step that takes long. False: it was broken off.

        Args:
            step: which nobody waits for any more once the signal came.
            in_any_case: do it even then.
        """
        if self.came and not in_any_case:
            return False
        before = self._may_break
        try:
            self._may_break = True
            step()
            self._may_break = before  # within `try`: the signal may come up to here
        except Exception:
            self._may_break = before
            raise
        except BaseException as error:
            self._may_break = before
            self.broken_by = error
            return False
        return True

    def swallow(self) -> None:
        """Let what came until the end of the outermost block go: the program ends anyway."""
        self._is_last = True

    def __enter__(self) -> HeldInterrupts:  # noqa: PYI034 - Self needs Python 3.11
        if self._depth == 0:
            self._install()  # first: a signal before it finds nothing changed, and none is raised after it
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth > 0:
            return
        _of_thread.held = None
        self._restore()
        broken_by, waiting = self.broken_by, self._waiting  # after the last moment at which they may change
        self.broken_by, self._waiting = None, False
        if error is not None or self._is_last:
            return
        if broken_by is not None:
            raise broken_by
        if waiting:
            signal.raise_signal(signal.SIGINT)

    def _install(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):  # ignored, left to the system, or not Python's
            return
        self._handler = handler
        try:
            signal.signal(signal.SIGINT, self._note)
        except ValueError:  # in another interpreter than the process's first: signals are that one's
            self._handler = None

    def _restore(self) -> None:
        if self._handler is not None and signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, self._handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self._may_break or self._handler is None:
            self._waiting = True
            return
        self._may_break = False  # what it raises is on its way: nothing is to be raised in its place
        self._handler(number, frame)
        self._may_break = True


class _OfThread(threading.local):
    held: HeldInterrupts | None = None


_of_thread = _OfThread()


def held() -> HeldInterrupts:
    """What holds SIGINT back in this thread: the one that does so already, if any."""
    if _of_thread.held is None:
        _of_thread.held = HeldInterrupts()
    return _of_thread.held


def _in_forked_child() -> None:
    """A child that is forked by a step belongs to nobody's end."""
    held_here, _of_thread.held = _of_thread.held, None
    if held_here is not None:
        held_here._restore()


fork.in_child(_in_forked_child)
