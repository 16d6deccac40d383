"""The program that is killed: four threads log, and say after each call that it returned.

Arguments: the run's folder, a file of eight counters (u64), the mode. A counter is stored into a shared mapping, which
outlives the process. Sessions follow one another, so that kills meet beginnings, growth, sealing and closing.
"""

from __future__ import annotations

import mmap
import random
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.writers import MODES, STATE, Logger

THREADS = 4
LONG = "." * 20_000


def kind_of_call(number: int) -> str:
    """What the ``number``-th call of a thread logs: mostly points, now and then a new name or a state event."""
    if number % 8 < 4:
        return "t"
    if number % 8 == 4:
        return "m"
    if number % 1000 == 5:
        return "n"
    return "state" if number % 5000 == 6 else "event"


def record(logger: Logger, thread: int, number: int) -> None:
    """The ``number``-th call of a thread."""
    kind = kind_of_call(number)
    if kind == "t":
        logger.log(f"t{thread}", float(number), "", number)
    elif kind == "m":
        logger.log_metrics({f"m{thread}": float(number), f"M{thread}": float(number)}, number)
    elif kind == "n":
        logger.log(f"n{thread}-{number}", number)
    elif kind == "state":
        logger.writer.event(STATE, b"%d %d" % (thread, number), 1)
    else:
        logger.append(b"%d %d " % (thread, number) + (LONG.encode() if number % 200 == 7 else b""))


def work(logger: Logger, thread: int, calls: range, counters: memoryview) -> None:
    for number in calls:
        record(logger, thread, number)
        counters[thread] = number + 1


def main(folder: str, counter_file: str, mode: str) -> None:
    with open(counter_file, "r+b") as file:
        counters = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
    print("ready", flush=True)
    first = 0
    while True:
        last = first + random.choice((1, 20, 300, 20_000, 100_000))
        logger = Logger(Path(folder), mode=MODES[mode])
        threads = [
            threading.Thread(target=work, args=(logger, thread, range(first, last), counters))
            for thread in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        logger.close()
        first = last


if __name__ == "__main__":
    main(*sys.argv[1:])
