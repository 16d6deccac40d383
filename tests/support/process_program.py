"""A program with a run that makes child processes of one kind, each of which logs and then ends in its own way.

Arguments: the kind of process, then the ways to end. The ``script`` is its own only process; the others make one child
for each way.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import runlog

RECORDS = 100
DONE = "done"
"""A FIFO in which a child says that it has logged everything and ends now."""


def log_all(name: str) -> None:
    """What a child logs: records by ``logging``, metrics by the current run."""
    logger, run = logging.getLogger(f"child.{name}"), runlog.current()
    for number in range(RECORDS):
        logger.debug("record %d", number)
        if isinstance(run, runlog.Run):
            run.log(name, number)


def child(end: str) -> None:
    """Log to the parent's run, then to a run of its own, then end."""
    log_all(end)
    runlog.start("own", display_name=end)
    log_all(end)
    with open(DONE, "w") as file:
        file.write(f"{os.getpid()}\n")
    (work_on if end == TERMINATED else ENDS[end])()


def attached_child(end: str) -> None:
    """The same where the child says that it takes part."""
    runlog.attach()
    child(end)


def fail() -> None:
    raise ValueError("what a child may raise")


def work_on() -> None:
    while True:
        signal.pause()


ENDS: dict[str, Callable[[], object]] = {
    "returns": lambda: None,
    "raises an exception": fail,
    "sys.exit(0)": lambda: sys.exit(0),
    "sys.exit(3)": lambda: sys.exit(3),
    "os._exit(0)": lambda: os._exit(0),
    "SIGTERM": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
}
STAYS = ("returns", "raises an exception")
"""Ends of a task after which a pool's worker lives on."""
TERMINATED = "is at work when the pool is terminated"


class Children:
    """Hears of children that are about to end."""

    def __init__(self) -> None:
        os.mkfifo(DONE)
        self.heard = os.fdopen(os.open(DONE, os.O_RDWR), "rb", buffering=0)

    def wait_for_word(self) -> int:
        """Wait until a child has logged everything; which one."""
        return int(self.heard.readline())

    def wait_for_end(self) -> None:
        """Wait until the child that speaks next is gone."""
        try:
            process = os.pidfd_open(self.wait_for_word())
        except ProcessLookupError:  # it is
            return
        try:
            select.select([process], [], [])
        finally:
            os.close(process)


def by_fork(end: str, children: Children, _: str) -> None:
    pid = os.fork()
    if pid == 0:
        child(end)
        raise Returned
    children.wait_for_end()
    os.waitpid(pid, 0)


class Returned(BaseException):
    """Takes a forked child that returned to the end of the program."""


def by_process(end: str, children: Children, method: str) -> None:
    target = child if method == "fork" else attached_child
    process = multiprocessing.get_context(method).Process(target=target, args=(end,))
    process.start()
    children.wait_for_end()
    process.join()


def by_pool(end: str, children: Children, method: str) -> None:
    initializer = None if method == "fork" else runlog.attach
    with multiprocessing.get_context(method).Pool(1, initializer=initializer) as pool:
        result = pool.apply_async(child, (end,))
        if end == TERMINATED:
            children.wait_for_word()
        elif end in STAYS:
            children.wait_for_word()
            result.wait()
            pool.close()
            pool.join()
        else:
            children.wait_for_end()


def by_executor(end: str, children: Children, method: str) -> None:
    initializer = None if method == "fork" else runlog.attach
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context, initializer=initializer) as executor:
        executor.submit(child, end).exception()


def by_loky(end: str, children: Children, _: str) -> None:
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(max_workers=1, initializer=runlog.attach)
    executor.submit(child, end).exception()
    executor.shutdown(wait=True)


class Samples:
    """A data set of one sample, whose making logs."""

    def __init__(self, end: str) -> None:
        self.end = end

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        child(self.end)
        return index


def by_data_loader(end: str, children: Children, method: str) -> None:
    from torch.utils.data import DataLoader

    initializer = None if method == "fork" else runlog.attach
    loader = DataLoader(Samples(end), num_workers=1, multiprocessing_context=method, worker_init_fn=initializer)
    try:
        list(loader)
    except (RuntimeError, ValueError):
        assert end != "returns"


def by_program(end: str, children: Children, _: str) -> None:
    subprocess.run([sys.executable, __file__, "attached program", end], check=False)


WAYS: dict[str, Callable[[str, Children, str], None]] = {
    "os.fork": by_fork,
    "Process": by_process,
    "Pool": by_pool,
    "ProcessPoolExecutor": by_executor,
    "loky": by_loky,
    "DataLoader": by_data_loader,
    "program": by_program,
}


def main(kind: str, ends: list[str]) -> None:
    if kind == "attached program":
        attached_child(ends[0])
    elif kind == "script":
        runlog.start("parent", log_level="DEBUG")
        log_all(ends[0])
        ENDS[ends[0]]()
    else:
        way, _, method = kind.partition(", ")
        children = Children()
        run = runlog.start("parent", log_level="DEBUG")
        for end in ends:
            WAYS[way](end, children, method)
        run.complete()


if __name__ == "__main__":
    with contextlib.suppress(Returned):
        main(sys.argv[1], sys.argv[2:])
