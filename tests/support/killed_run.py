"""As killed_writer.py, through the public interface: runs, and the `logging` of four threads.

Arguments: the workspace's folder, a file of counters, and a mode that is not used.
"""

from __future__ import annotations

import logging
import mmap
import random
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import runlog
from support.killed_writer import LONG, THREADS, kind_of_call

logger = logging.getLogger("killed")


def record(run: runlog.Run, thread: int, number: int) -> None:
    """The ``number``-th call of a thread."""
    kind = kind_of_call(number)
    if kind == "t":
        run.log(f"t{thread}", float(number), step=number)
    elif kind == "m":
        run.log_metrics({f"m{thread}": float(number), f"M{thread}": float(number)}, number)
    elif kind == "n":
        run.log(f"n{thread}-{number}", number)
    else:
        logger.info("%s %d %d %s", kind, thread, number, LONG if number % 200 == 7 else "")


def work(run: runlog.Run, thread: int, calls: range, counters: memoryview) -> None:
    for number in calls:
        record(run, thread, number)
        counters[thread] = number + 1


def main(folder: str, counter_file: str, _: str) -> None:
    with open(counter_file, "r+b") as file:
        counters = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
    workspace = runlog.Workspace.create(folder)
    logger.setLevel(logging.DEBUG)
    print("ready", flush=True)
    first = 0
    while True:
        last = first + random.choice((1, 20, 300, 5_000, 30_000))
        with runlog.Experiment(workspace, "kills").start_logging(snapshot_directory=None) as run:
            threads = [
                threading.Thread(target=work, args=(run, thread, range(first, last), counters))
                for thread in range(THREADS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        first = last


if __name__ == "__main__":
    main(*sys.argv[1:])
