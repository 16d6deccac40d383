"""Programs in which logging is interrupted: by a signal handler that logs, by one that raises, by finalizers.

Arguments: what to do, the run's folder, the mode, seconds. It goes on longer where the machine is so busy that little
happened. Prints what was logged as JSON.
"""

from __future__ import annotations

import gc
import json
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.writers import MODES, Logger

INTERVAL = 1 / 5000
MEAN_DELAY = 0.0005
ENOUGH = 100
"""How often what interrupts has to happen."""


class Interrupt(BaseException):
    """What the handler raises, as Ctrl-C does."""


def handler_that_logs(logger: Logger, seconds: float) -> dict[str, int]:
    """The handler logs what the main program logs; both log from the first record on."""
    counts = {"main": 0, "handler": 0}
    depth = 0

    def handle(*_: object) -> None:
        nonlocal depth
        if depth == 3:  # handlers that take longer than their interval would pile up for ever
            return
        depth += 1
        number = counts["handler"]
        counts["handler"] = number + 1
        logger.log("handler", float(number))
        logger.append(b"handler %d" % number)
        depth -= 1

    end = time.monotonic() + seconds
    with ringing(handle):
        while time.monotonic() < end or counts["handler"] <= ENOUGH:
            number = counts["main"]
            logger.log("main", float(number))
            logger.append(b"main %d" % number)
            if number % 100 == 0:
                logger.log(f"name {number}", number)
            counts["main"] = number + 1
    return counts


def handler_that_raises(logger: Logger, seconds: float, error: type[BaseException] = Interrupt) -> dict[str, int]:
    """Calls are broken off anywhere; each is tried until it returns. Counts the calls that returned, and those that did not.

    A call that takes longer than the mean delay, as the first does, would hardly ever return: the delay grows with its tries.
    """
    counts = {"main": 0, "interrupted": 0}
    armed = False
    tries = 0

    def handle(*_: object) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise error

    signal.signal(signal.SIGALRM, handle)
    end = time.monotonic() + seconds
    while time.monotonic() < end or counts["main"] <= ENOUGH or counts["interrupted"] <= ENOUGH:
        number = before = counts["main"]
        try:
            armed = True
            signal.setitimer(signal.ITIMER_REAL, random.expovariate(1 / (MEAN_DELAY * (1 + tries))))
            for _ in range(20):
                number = counts["main"]
                logger.log("main", float(number))
                logger.append(b"main %d" % number)
                logger.log(f"name {number % 5000}", number)
                logger.writer.event(2, b"state %d" % number, 1)
                counts["main"] = number + 1
            armed = False
        except error:
            counts["interrupted"] += 1
        tries = tries + 1 if counts["main"] == before else 0
    return counts


def handler_that_raises_errors_of_the_disk(logger: Logger, seconds: float) -> dict[str, int]:
    """A TimeoutError, as many handlers of SIGALRM raise, is an OSError."""
    return handler_that_raises(logger, seconds, TimeoutError)


def handler_that_raises_errors_of_values(logger: Logger, seconds: float) -> dict[str, int]:
    """A ValueError is what a store raises where the mapping is gone."""
    return handler_that_raises(logger, seconds, ValueError)


def finalizers_that_log(logger: Logger, seconds: float) -> dict[str, int]:
    """Objects in cycles log when the collector finds them, wherever that is."""
    counts = {"main": 0, "finalizer": 0}

    class Finalized:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            number = counts["finalizer"]
            counts["finalizer"] = number + 1
            logger.log("finalizer", float(number))
            logger.append(b"finalizer %d" % number)

    gc.set_threshold(7, 2, 2)
    end = time.monotonic() + seconds
    while time.monotonic() < end or counts["finalizer"] <= ENOUGH:
        number = counts["main"]
        Finalized()
        logger.log("main", float(number))
        logger.append(b"main %d" % number)
        if number % 100 == 0:
            logger.log(f"name {number}", number)
        counts["main"] = number + 1
    gc.set_threshold(700, 10, 10)
    gc.collect()
    return counts


class ringing:  # noqa: N801 - reads as what it does
    """A timer that rings 5000 times a second."""

    def __init__(self, handle: object) -> None:
        self._handle = handle

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, self._handle)  # type: ignore[arg-type]
        signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main(what: str, folder: str, mode: str, seconds: str) -> None:
    logger = Logger(Path(folder), mode=MODES[mode])
    counts = globals()[what](logger, float(seconds))
    lost = logger.writer.lost
    logger.close()
    overflowed = logger.writer.counters.overflowed
    print(json.dumps({**counts, "lost": lost, "overflowed": overflowed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
