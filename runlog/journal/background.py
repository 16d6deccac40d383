"""The two threads of a process that work for its writers: growth, and sync.

They are apart because growth that waits behind a sync would leave callers without room. Both are daemons, started when
first needed; at interpreter shutdown, when they are gone, writers grow in their own call.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol
from weakref import ReferenceType, ref

from runlog.journal import fork

SYNC_INTERVAL = 1.0
"""Seconds between two syncs of what is new: what a power cut can take, and the time of one sync."""


class Synced(Protocol):
    """A writer, as the sync thread sees it."""

    def tick(self) -> None:
        """Bring what is new to the disk."""


Task = Callable[[], None]
_tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
_writers: set[ReferenceType[Synced]] = set()
"""Not a WeakSet: that can't be listed while another thread adds to it."""
_growth: threading.Thread | None = None
_sync: threading.Thread | None = None
_starting = threading.RLock()  # a signal handler may begin its own writer in the middle of another's begin
_logger = logging.getLogger("runlog.journal")


def ask(task: Task) -> None:
    """Have a task done by the growth thread. Safe in a signal handler."""
    _tasks.put(task)


def wait() -> None:
    """Wait until all tasks asked for so far are done (at most 10 s); do them here where the thread is gone."""
    if _growth is None or not _growth.is_alive() or threading.current_thread() is _growth:
        _drain()
        return
    done = threading.Event()
    _tasks.put(done.set)
    done.wait(10)


def watch(writer: Synced) -> None:
    """Sync this writer each second from now on, and have both threads running."""
    global _growth, _sync
    _writers.add(ref(writer))
    with _starting:
        if _growth is None or not _growth.is_alive():
            _growth = _started("runlog-growth", _work)
        if _sync is None or not _sync.is_alive():
            _sync = _started("runlog-sync", _sync_all)


def unwatch(writer: Synced) -> None:
    """Sync this writer no more."""
    _writers.discard(ref(writer))


def forget_threads() -> None:
    """In a forked child: the threads, and what they were asked, stayed with the parent."""
    global _growth, _sync, _tasks, _starting
    _growth = _sync = None
    _writers.clear()
    _tasks = queue.SimpleQueue()
    _starting = threading.RLock()


def _started(name: str, work: Task) -> threading.Thread:
    """A thread that runs, once its caller has stored it. One whose start was broken off runs too, and is not wanted."""
    thread = threading.Thread(target=_if_wanted, args=(work,), name=name, daemon=True)
    lost = None
    try:
        thread.start()
    except RuntimeError:  # at interpreter shutdown, or at the limit of threads: the callers grow by themselves
        return thread
    except KeyError as error:  # a signal handler raised, and `start` undoes what the new thread has undone already
        if error.args != (thread,) or error.__context__ is None:
            raise
        lost = error.__context__
    if lost is not None:
        raise lost
    return thread


def _if_wanted(work: Task) -> None:
    """Work, unless a signal handler broke the start off, and another thread was started in this one's place."""
    with _starting:
        wanted = threading.current_thread() in (_growth, _sync)
    if wanted:
        work()


def _work() -> None:
    while True:
        _do(_tasks.get())


def _drain() -> None:
    while True:
        try:
            task = _tasks.get_nowait()
        except queue.Empty:
            return
        _do(task)


def _do(task: Task) -> None:
    try:
        task()
    except Exception:
        _logger.warning("a background task of the journal failed", exc_info=True)


def _sync_all() -> None:
    while True:
        time.sleep(SYNC_INTERVAL)
        for reference in list(_writers):
            writer = reference()
            if writer is None:
                _writers.discard(reference)
            else:
                _do(writer.tick)
            del writer  # a local that lived on to the next second would keep it from being collected


fork.in_child(forget_threads)
