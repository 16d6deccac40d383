"""A writer in a process of its own, which logs when it is told to.

Arguments: the run's folder, the mode, bytes of a segment. Each line of its input is a command: ``events FIRST COUNT
LENGTH``, ``points FIRST COUNT``, ``overflow FIRST COUNT``, ``background`` (what is done in the background is waited for),
``close``, ``exit`` (as a kill would). It answers each with ``done``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runlog.journal import background, stream
from support.writers import LOG, MODES, STATE, Logger


def payload(number: int, length: int = 0) -> bytes:
    return b"%d " % number + b"." * length


def obey(logger: Logger, command: str, first: int = 0, count: int = 0, length: int = 0) -> None:
    if command == "background":
        background.wait()
    elif command == "close":
        logger.close()
    elif command == "exit":
        os._exit(9)
    for number in range(first, first + count):
        if command == "points":
            logger.log("name", float(number), "", number)
        elif command == "overflow":  # as a handler that logs in the middle of another call
            logger.writer._overflow_event(LOG, payload(number, length), 0)
        elif number % 10 == 0:
            logger.writer.event(STATE, payload(number, length), 1)
        else:
            logger.append(payload(number, length))


def main(folder: str, mode: str, segment_size: str) -> None:
    stream.SEGMENT_SIZES = (int(segment_size),)
    logger = Logger(Path(folder), mode=MODES[mode], guest="guest" in Path(folder).name)
    print("ready", flush=True)
    for line in sys.stdin:
        command, *numbers = line.split()
        obey(logger, command, *map(int, numbers))
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
