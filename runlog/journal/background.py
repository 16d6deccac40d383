"""The two threads of a process that work for its writers: growth, and sync.

They are apart because growth that waits behind a sync would leave callers without room. Both are daemons, started when
first needed, and end with the last writer: a program forks and ends its interpreter then as if they had never been.
Where there are none (at interpreter shutdown, at the limit of threads), writers grow in their own call.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol
from weakref import ReferenceType, ref

from runlog.journal import fork, real_time

SYNC_INTERVAL = 1.0
"""Seconds between two syncs of what is new: what a power cut can take, and the time of one sync."""
PATIENCE = 10.0
"""Seconds that somebody waits for a thread, which a disk may hold up."""
KERNEL_PATIENCE = 0.1
RETRY_AFTER = 1.0
"""Seconds after which threads that could not be started are tried again."""


class Synced(Protocol):
    """A writer, as the sync thread sees it."""

    def tick(self) -> None:
        """Bring what is new to the disk."""


Task = Callable[[], None]
Tasks = queue.SimpleQueue[Task | None]
"""None: the thread that meets it ends."""
_tasks: Tasks = queue.SimpleQueue()
_writers: set[ReferenceType[Synced]] = set()
"""Not a WeakSet: that can't be listed while another thread adds to it."""
_looks: list[Task] = []
"""What is done each second beside the writers, while there are any; in forked children, too."""
_growth: threading.Thread | None = None
_sync: threading.Thread | None = None
_over = threading.Event()
"""Ends the sync thread."""
_starting = threading.RLock()  # a signal handler may begin its own writer in the middle of another's begin
_refusal = ""
_told_refusal = False
_try_again_at = 0.0
_logger = logging.getLogger("runlog.journal")


def ask(task: Task) -> None:
    """Have a task done by the growth thread. Safe in a signal handler."""
    global _try_again_at
    _tasks.put(task)
    if _refusal and real_time.monotonic() >= _try_again_at:
        _try_again_at = real_time.monotonic() + RETRY_AFTER
        _have_threads()


def wait() -> None:
    """Wait until all tasks asked for so far are done (at most 10 s); do them here where the thread is gone."""
    if sys.is_finalizing():  # the threads never run again, and may hold the lock
        _drain(_tasks)
        return
    done = threading.Event()
    with _starting:  # else the thread might end between the look and the question
        works = _growth is not None and _growth.is_alive() and threading.current_thread() is not _growth
        if works:
            _tasks.put(done.set)
    if works:
        done.wait(PATIENCE)
    else:
        _drain(_tasks)


def watch(writer: Synced) -> None:
    """Sync this writer each second from now on, and have both threads running."""
    _writers.add(ref(writer))
    _have_threads()


def look_each_second(look: Task) -> None:
    """Have something looked after each second, while anybody is watched. It starts no thread, and keeps none."""
    _looks.append(look)


def unwatch(writer: Synced) -> None:
    """Sync this writer no more. The threads end by themselves, within a second, where it was the last."""
    _writers.discard(ref(writer))


def rest() -> None:
    """End the threads, where nobody is watched, and wait for their end. Not to be called with a lock held."""
    if sys.is_finalizing():
        return
    ended = _retire()
    until = real_time.monotonic() + PATIENCE
    for thread in ended:
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - real_time.monotonic()))
            _wait_for_kernel(thread)


def _wait_for_kernel(thread: threading.Thread) -> None:
    """Wait until the kernel counts a thread no more that was joined: before Python 3.13, it may for a moment.

    Python 3.12 asks the kernel when it warns of a fork beside threads.
    """
    if sys.version_info >= (3, 13) or thread.is_alive():
        return
    until = real_time.monotonic() + KERNEL_PATIENCE
    while os.path.exists(f"/proc/self/task/{thread.native_id}") and real_time.monotonic() < until:  # noqa: PTH110
        time.sleep(0.0001)


def tell_refusal() -> None:
    """Say, once, that there are no threads, where none can be started. Not to be called within a writer's gate."""
    global _told_refusal
    if _refusal and not _told_refusal:
        _told_refusal = True
        _logger.warning(
            "no thread can be started (%s): what is logged outlives the process, but is brought to the disk only when "
            "the run ends. Raise the limit of processes and threads (ulimit -u, or that of the container).",
            _refusal,
        )


def forget_threads() -> None:
    """In a forked child: the threads, and what they were asked, stayed with the parent."""
    global _growth, _sync, _tasks, _over, _starting
    _growth = _sync = None
    _writers.clear()
    _tasks, _over = queue.SimpleQueue(), threading.Event()
    _starting = threading.RLock()


def _have_threads() -> None:
    global _growth, _sync
    if sys.is_finalizing():
        return
    with _starting:
        if _growth is None or not _growth.is_alive():
            _growth = _started("runlog-growth", _work, _tasks)
        if _sync is None or not _sync.is_alive():
            _sync = _started("runlog-sync", _sync_all, _over)


def _retire() -> list[threading.Thread]:
    """Tell the threads to end, unless somebody is watched; returns those that were told.

    What they wait on is theirs: threads that are started meanwhile have others. Nothing that calls stands between the
    stores: a signal handler sees all or none of them.
    """
    global _growth, _sync, _tasks, _over
    tasks_to_come: Tasks = queue.SimpleQueue()
    over_to_come = threading.Event()
    with _starting:
        if any(reference() is not None for reference in list(_writers)):
            return []
        ending = [thread for thread in (_growth, _sync) if thread is not None and thread.is_alive()]
        tasks, over = _tasks, _over
        if ending:
            _growth, _sync, _tasks, _over = None, None, tasks_to_come, over_to_come
            try:
                tasks.put(None)
            finally:
                over.set()
        return ending


def _started(name: str, work: Callable[..., None], *args: object) -> threading.Thread | None:
    """A thread that runs, once its caller has stored it. One whose start was broken off runs too, and is not wanted."""
    global _refusal
    try:
        thread = threading.Thread(target=_if_wanted, args=(work, *args), name=name, daemon=True)
    except (RuntimeError, AttributeError) as error:  # a program that took `sys.excepthook` away can have no thread
        _refusal = str(error)
        return None
    lost = None
    try:
        thread.start()
        _refusal = ""
    except (
        RuntimeError,
        MemoryError,
    ) as error:  # at their limit, or at interpreter shutdown
        if "shutdown" not in str(error):
            _refusal = str(error) or type(error).__name__
        return thread
    except KeyError as error:  # a signal handler raised, and `start` undoes what the new thread has undone already
        if error.args != (thread,) or error.__context__ is None:
            raise
        lost = error.__context__
    if lost is not None:
        raise lost
    return thread


def _if_wanted(work: Callable[..., None], *args: object) -> None:
    """Work, unless a signal handler broke the start off, and another thread was started in this one's place."""
    with _starting:
        wanted = threading.current_thread() in (_growth, _sync)
    if wanted:
        work(*args)


def _work(tasks: Tasks) -> None:
    while (task := tasks.get()) is not None:
        _do(task)
    _drain(tasks)


def _drain(tasks: Tasks) -> None:
    while True:
        try:
            task = tasks.get_nowait()
        except queue.Empty:
            return
        if task is not None:
            _do(task)


def _do(task: Task) -> None:
    try:
        task()
    except Exception:
        with suppress(MemoryError):  # where there is none for the task, there may be none to tell of it
            _logger.warning("a background task of the journal failed", exc_info=True)


def _sync_all(over: threading.Event) -> None:
    while not over.wait(SYNC_INTERVAL):
        for reference in list(_writers):
            writer = reference()
            if writer is None:
                _writers.discard(reference)
            else:
                _do(writer.tick)
            del writer  # a local that lived on to the next second would keep it from being collected
        for look in _looks:
            _do(look)
        if not _writers:
            _retire()


fork.in_child(forget_threads)
