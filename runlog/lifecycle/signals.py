"""SIGTERM: the runs end as Canceled, and the process dies by the signal as it would have, or would have to."""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from runlog.handlers.replaced import AnyFunction, Replaced

PATIENCE = 25.0
"""Seconds that ending the runs may take: schedulers and container runtimes kill about 30 s after SIGTERM."""
MARGIN = 5.0
"""Seconds more than what accompanies the process may take."""
_set_handler = signal.signal
_watching = False
_installed = False
"""Whether the handler was set, while watching; others may have set one of theirs since."""
_companions: list[tuple[Callable[[int], None], float]] = []
"""What is told of the signal before the runs are ended, and the seconds that each may take."""
_stand_ins: list[Any] = []
"""Handlers that act where nobody else does, and are no reason to leave the signal to them."""
_masks: dict[int, set[int]] = {}
"""Of each thread that is just forking: the signals that it held back before."""


def watch() -> None:
    """Handle SIGTERM where nobody else does, from now on or as soon as they leave it to the system again."""
    global _watching
    if _watching or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, *_stand_ins):
        try:
            _install()
        except ValueError:  # in another interpreter than the process's first: signals are that one's
            return
    _watching = True
    _setting.begin()


def stand_in(handler: Callable[[int, FrameType | None], None]) -> None:
    """Handle SIGTERM where nobody else does, and until a run is open, which is ended by it.

    Args:
        handler: ends the process.
    """
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        try:
            _set_handler(signal.SIGTERM, handler)
        except ValueError:  # in another interpreter than the process's first
            return
        _stand_ins.append(handler)


def unwatch() -> None:
    """Leave SIGTERM to the system again, if it still comes here."""
    if _watching and threading.current_thread() is threading.main_thread():
        _leave()


def _install() -> Any:
    """Set the handler; returns the one before."""
    global _installed
    _load_what_ends_runs()
    before = _set_handler(signal.SIGTERM, _on_terminate)
    _installed = True
    return before


def _leave() -> None:
    global _installed, _watching
    _watching = False
    _setting.end()
    if _installed and signal.getsignal(signal.SIGTERM) is _on_terminate:
        _set_handler(signal.SIGTERM, signal.SIG_DFL)
    _installed = False


def _setting_handlers(replaced: Replaced, original: AnyFunction) -> AnyFunction:
    """Make a ``signal.signal`` that gives SIGTERM to the open runs where it is left to the system.

    Servers and event loops have a handler for as long as they serve, then put the system's back, and some raise the
    signal once more: it would end the process with its runs open.
    """

    def set_handler(signalnum: Any, handler: Any) -> Any:
        left_to_system = isinstance(handler, int) and handler == signal.SIG_DFL
        if left_to_system and signalnum == signal.SIGTERM and replaced.acts(set_handler):
            return _install()
        return original(signalnum, handler)

    return set_handler


_setting = Replaced(signal, "signal", _setting_handlers)


@contextmanager
def accompanied(tell: Callable[[int], None], seconds: float) -> Iterator[None]:
    """Have somebody told of a SIGTERM at once, who then has so many seconds until the process dies.

    Args:
        tell: called with the signal's number, in the handler.
        seconds: that it takes to end what was told.
    """
    companion = (tell, seconds)
    _companions.append(companion)
    try:
        yield
    finally:
        _companions.remove(companion)


def _before_fork() -> None:
    """Hold SIGTERM back: what comes between the fork and the child's first step, Python's own hook forgets."""
    if _installed or _stand_ins:
        _masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _after_fork() -> None:
    mask = _masks.pop(threading.get_ident(), None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _in_forked_child() -> None:
    """The runs are the parent's: until it starts one itself, the child dies as if it knew nothing of runs."""
    _companions.clear()
    if _watching:
        _leave()
    if _stand_ins and signal.getsignal(signal.SIGTERM) in _stand_ins:
        _set_handler(signal.SIGTERM, signal.SIG_DFL)
    _stand_ins.clear()
    _after_fork()
    _masks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_forked_child)


def _load_what_ends_runs() -> None:
    """The signal may interrupt the very import of it, which the thread that ends the runs would wait for in vain."""
    from runlog.lifecycle import ending  # noqa: F401


def _on_terminate(number: int, frame: FrameType | None) -> None:
    try:
        for tell, _ in _companions:
            tell(number)
        _have_runs_ended(max((PATIENCE, *(seconds + MARGIN for _, seconds in _companions))))
    finally:
        die(number)


def _have_runs_ended(patience: float) -> None:
    """End the runs in another thread: the code that was interrupted here may hold a lock that ending needs.

    Where no thread can be started, it is done here, and an alarm ends the process if it does meet such a lock.
    """
    done = _thread.allocate_lock()
    done.acquire()
    try:
        _thread.start_new_thread(_end_runs, (done,))
    except (RuntimeError, MemoryError):
        if hasattr(signal, "alarm"):
            _set_handler(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(int(patience))
        _end_runs(done)
    else:
        done.acquire(timeout=patience)


def die(number: int) -> None:
    """Die by a signal, as if nobody handled it.

    The kernel spares process 1, such as the only one of a container: with its runs ended it can't go on, so it exits
    with the code that a shell tells of a process that the signal ended.
    """
    _set_handler(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    if os.getpid() != 1:  # it is on its way, unless it is blocked
        time.sleep(1.0)
    os._exit(128 + number)


def _end_runs(done: _thread.LockType) -> None:
    from runlog.lifecycle import ending, exits, open_runs, prologue
    from runlog.statuses import CANCELED

    try:
        ending.break_off()
        exits.end_all(CANCELED, manner=ending.Manner(status_first=True, hurried=True, finally_=True))
        open_runs.release_all()
        prologue.close()
    finally:
        done.release()
