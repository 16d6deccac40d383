"""A program in which the first records of a writer are interrupted by an exception, at one place after the other.

The places are those at which CPython looks for signals: after a call into C, and where a function begins.
Arguments: the folder, the name of the exception. Prints the places, and what went wrong at the first where anything did, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runlog.journal import background
from support.journal_files import read_only
from support.writers import Logger


class Interrupt(BaseException):
    """What the handler of Ctrl-C raises is no Exception."""


ERRORS = {"Interrupt": Interrupt, "TimeoutError": TimeoutError, "ValueError": ValueError}
GROWTH, SYNC = "runlog-growth", "runlog-sync"


class Profile:
    """Raises at the n-th place, after the other threads have had a chance to run."""

    def __init__(self, number: int, error: type[BaseException]) -> None:
        self.place = ""
        self._left = number
        self._error = error

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_return"):
            self._left -= 1
            if self._left == 0:
                self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                time.sleep(0.001)
                raise self._error


def faults(logger: Logger, folder: Path, profile: Profile, error: type[BaseException]) -> Iterator[str]:
    """What is wrong after the first calls were interrupted, and others came after them."""
    sys.setprofile(profile)
    try:
        logger.log("main", 0.0)
        logger.append(b"0")
    except error:
        pass
    except BaseException as other:
        yield f"raised {other!r}"
    finally:
        sys.setprofile(None)
    for number in range(1, 4):
        logger.log("main", float(number))
        logger.append(b"%d" % number)
    yield from other_workers_than(GROWTH, SYNC)
    logger.close()
    yield from other_workers_than()
    written = read_only(folder)
    if not {1, 2, 3} <= set(written.values("main")):
        yield f"points {written.values('main')}"
    if not {b"1", b"2", b"3"} <= set(written.payloads()):
        yield f"events {written.payloads()}"
    if written.holes or logger.writer.lost != (0, 0):
        yield f"{written.holes} holes, {logger.writer.lost} lost"
    if left := [path.name for path in folder.iterdir() if path.suffix != ".pack"]:
        yield f"left {left}"


def other_workers_than(*wanted: str) -> Iterator[str]:
    """What threads there are instead; one that is not wanted is about to end."""
    until = time.monotonic() + 30
    while workers() != [*wanted] and time.monotonic() < until:
        time.sleep(0.001)
    if workers() != [*wanted]:
        yield f"threads {workers()}"


def workers() -> list[str]:
    """Names of the threads that work for the writers that were begun last."""
    known = {id(thread) for thread in BEFORE}
    return sorted(one.name for one in threading.enumerate() if id(one) not in known and one.is_alive())


BEFORE: list[threading.Thread] = []
"""Threads of writers before: held, so that their ids stay theirs."""


def main(folder: str, name: str) -> None:
    error = ERRORS[name]
    found: list[str] = []
    Logger(Path(folder, "before")).append(b"so that all modules are loaded")
    number = 0
    while not found:
        number += 1
        background.forget_threads()
        BEFORE[:] = threading.enumerate()
        profile = Profile(number, error)
        here = Path(folder, str(number))
        told = list(faults(Logger(here), here, profile, error))
        if not profile.place:
            break
        found = [f"{profile.place}: {one}" for one in told]
    print(json.dumps({"places": number - 1, "faults": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
