"""SIGTERM: the runs end as Canceled, and the process dies by the signal as it would have."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from types import FrameType

PATIENCE = 25.0
"""Seconds that ending the runs may take: schedulers and container runtimes kill about 30 s after SIGTERM."""
_installed = False


def watch() -> None:
    """Handle SIGTERM where nobody else does."""
    global _installed
    if _installed or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_terminate)
        _installed = True


def unwatch() -> None:
    """Leave SIGTERM to the system again, if it still comes here."""
    global _installed
    if not _installed or threading.current_thread() is not threading.main_thread():
        return
    _installed = False
    if signal.getsignal(signal.SIGTERM) is _on_terminate:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _on_terminate(number: int, frame: FrameType | None) -> None:
    """End the runs in another thread: the code that was interrupted here may hold a lock that ending needs."""
    done = _thread.allocate_lock()
    done.acquire()
    try:
        _thread.start_new_thread(_end_runs, (done,))
        done.acquire(timeout=PATIENCE)
    finally:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _end_runs(done: _thread.LockType) -> None:
    from runlog.lifecycle import ending, exits, open_runs, prologue
    from runlog.statuses import CANCELED

    try:
        ending.break_off(CANCELED)
        exits.end_all(CANCELED, status_first=True)
        open_runs.release_all()
        prologue.close()
    finally:
        done.release()
